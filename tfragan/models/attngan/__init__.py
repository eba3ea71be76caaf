"""AttnGAN, sentence to image with word attention."""

from tfragan.models.attngan.attngan import AttnGAN
from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator
from tfragan.models.attngan.attngan_generator import AttnGANGenerator

__all__ = ["AttnGAN", "AttnGANDiscriminator", "AttnGANGenerator"]
