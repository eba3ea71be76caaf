"""Losses as functions on tensors."""

import tfragan.keras_backend  # noqa: F401
from tfragan.losses.absolute_error import absolute_error
from tfragan.losses.adversarial import AdversarialLosses
from tfragan.losses.adversarial import adversarial_losses
from tfragan.losses.adversarial import fake_loss
from tfragan.losses.adversarial import real_loss
from tfragan.losses.class_activation import class_activation_loss
from tfragan.losses.gradient_penalty import GradientPenalty
from tfragan.losses.gradient_penalty import matching_aware_penalty
from tfragan.losses.kl_divergence import kl_divergence
from tfragan.losses.matching import cosine_similarity
from tfragan.losses.matching import masked_similarities
from tfragan.losses.matching import matching_losses
from tfragan.losses.matching import paired_word_similarities
from tfragan.losses.matching import region_attention
from tfragan.losses.matching import sentence_similarities
from tfragan.losses.matching import word_similarities

__all__ = [
    "AdversarialLosses",
    "GradientPenalty",
    "absolute_error",
    "adversarial_losses",
    "class_activation_loss",
    "cosine_similarity",
    "fake_loss",
    "kl_divergence",
    "masked_similarities",
    "matching_losses",
    "paired_word_similarities",
    "real_loss",
    "region_attention",
    "sentence_similarities",
    "word_similarities",
    "matching_aware_penalty",
]
