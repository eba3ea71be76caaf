"""SSA-GAN: its model and generator."""

from tfragan.models.ssagan.ssagan import SSAGAN
from tfragan.models.ssagan.ssagan_generator import SSAGANGenerator

__all__ = ["SSAGAN", "SSAGANGenerator"]
