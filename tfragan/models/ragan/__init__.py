"""RAGAN: images edited and colored as words, labels or images say."""

from tfragan.models.ragan.ragan import RAGAN
from tfragan.models.ragan.ragan_discriminator import RAGANDiscriminator
from tfragan.models.ragan.ragan_encoders import ReferenceEncoder
from tfragan.models.ragan.ragan_generator import RAGANGenerator

__all__ = ["RAGAN", "RAGANDiscriminator", "RAGANGenerator", "ReferenceEncoder"]
