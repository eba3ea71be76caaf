"""DM-GAN, sentence to image through a memory of the words."""

from tfragan.models.dmgan.dmgan import DMGAN
from tfragan.models.dmgan.dmgan_discriminator import DMGANDiscriminator
from tfragan.models.dmgan.dmgan_generator import DMGANGenerator

__all__ = ["DMGAN", "DMGANDiscriminator", "DMGANGenerator"]
