"""The discriminators of DM-GAN, one for each image size."""

import keras

from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator
from tfragan.models.attngan.attngan_discriminator import DiscriminatorHead
from tfragan.models.dmgan.dmgan_layers import SpectralConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class SpectralHead(DiscriminatorHead):
    """One logit from 4x4 features, with or without the sentence.

    Arguments, call arguments and output are those of `DiscriminatorHead`. The
    convolution that makes the logit is not normalized.
    """

    def make_joint(self, filters):
        return SpectralConvolution(
            filters, dtype=self.dtype_policy, name="joint"
        )


@keras.saving.register_keras_serializable(package="tfragan")
class DMGANDiscriminator(AttnGANDiscriminator):
    """Judges images of one size, alone and together with a sentence.

    It is AttnGAN's with spectrally normalized convolutions and biases in
    place of batch normalizations. Arguments, call arguments and output are
    those of `AttnGANDiscriminator`.

    In training each call is a power iteration of the layers it goes through,
    so that real and fake images meet slightly different weights, as
    published.

    Reference:
        - [Zhu et al., 2019, DM-GAN](https://arxiv.org/abs/1904.01310)
    """

    def make_block(self, filters, first, **kwargs):
        return SpectralConvolution(filters, dtype=self.dtype_policy, **kwargs)

    def make_head(self, conditional, name):
        return SpectralHead(conditional, dtype=self.dtype_policy, name=name)
