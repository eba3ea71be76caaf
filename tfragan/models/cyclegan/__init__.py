"""CycleGAN: unpaired translation that leads back to where it came from."""

from tfragan.models.cyclegan.cyclegan import CycleGAN
from tfragan.models.cyclegan.cyclegan_discriminator import CycleGANDiscriminator
from tfragan.models.cyclegan.cyclegan_generator import CycleGANGenerator
from tfragan.models.cyclegan.image_pool import ImagePool

__all__ = [
    "CycleGAN",
    "CycleGANDiscriminator",
    "CycleGANGenerator",
    "ImagePool",
]
