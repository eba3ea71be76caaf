"""Layers that more than one model uses."""

from tfragan.layers.batch_normalization import BatchNormalization
from tfragan.layers.bilinear_resize import BilinearResize
from tfragan.layers.conditioning_augmentation import ConditioningAugmentation
from tfragan.layers.gated_linear_unit import GatedLinearUnit
from tfragan.layers.gaussian_blur import GaussianBlur
from tfragan.layers.instance_normalization import InstanceNormalization
from tfragan.layers.spectral_normalization import SpectralNormalization
from tfragan.layers.upsample_convolution import UpsampleConvolution
from tfragan.layers.word_context_attention import WordContextAttention

__all__ = [
    "BatchNormalization",
    "BilinearResize",
    "ConditioningAugmentation",
    "GatedLinearUnit",
    "GaussianBlur",
    "InstanceNormalization",
    "SpectralNormalization",
    "UpsampleConvolution",
    "WordContextAttention",
]
