"""Losses as functions on tensors."""

from tfragan.losses.adversarial import fake_loss
from tfragan.losses.adversarial import real_loss
from tfragan.losses.damsm import cosine_similarity
from tfragan.losses.damsm import matching_losses
from tfragan.losses.damsm import region_attention
from tfragan.losses.damsm import sentence_similarities
from tfragan.losses.damsm import word_similarities
from tfragan.losses.kl_divergence import kl_divergence

__all__ = [
    "cosine_similarity",
    "fake_loss",
    "kl_divergence",
    "matching_losses",
    "real_loss",
    "region_attention",
    "sentence_similarities",
    "word_similarities",
]
