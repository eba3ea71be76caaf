"""RAGAN: images edited and colored as words, labels or images say."""

from tfragan.models.ragan.ragan import RAGAN
from tfragan.models.ragan.ragan_discriminator import RAGANDiscriminator
from tfragan.models.ragan.ragan_generator import RAGANGenerator
from tfragan.models.ragan.reference_encoder import ReferenceEncoder

__all__ = ["RAGAN", "RAGANDiscriminator", "RAGANGenerator", "ReferenceEncoder"]
