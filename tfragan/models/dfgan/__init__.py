"""DF-GAN: its model, generator and versions."""

from tfragan.models.dfgan.dfgan import DFGAN
from tfragan.models.dfgan.dfgan_generator import DFGANGenerator
from tfragan.models.dfgan.dfgan_layers import VERSIONS

__all__ = ["DFGAN", "VERSIONS", "DFGANGenerator"]
