"""Layers that more than one model uses."""

import tfragan.keras_backend  # noqa: F401
from tfragan.layers.adaptive_layer_instance_normalization import (
    AdaptiveLayerInstanceNormalization,
)
from tfragan.layers.batch_normalization import BatchNormalization
from tfragan.layers.bilinear_resize import BilinearResize
from tfragan.layers.class_activation_map import ClassActivationMap
from tfragan.layers.condition_projection import ConditionProjection
from tfragan.layers.conditioning_augmentation import ConditioningAugmentation
from tfragan.layers.fan_in_convolution import FanInConvolution
from tfragan.layers.gated_linear_unit import GatedLinearUnit
from tfragan.layers.gaussian_blur import GaussianBlur
from tfragan.layers.instance_layer_normalization import (
    InstanceLayerNormalization,
)
from tfragan.layers.instance_normalization import InstanceNormalization
from tfragan.layers.reflection_convolution import ReflectionConvolution
from tfragan.layers.reflection_padding import ReflectionPadding
from tfragan.layers.replica_dropout import ReplicaDropout
from tfragan.layers.residual_block import ResidualBlock
from tfragan.layers.spectral_normalization import SpectralNormalization
from tfragan.layers.upsample_convolution import UpsampleConvolution
from tfragan.layers.word_context_attention import WordContextAttention

__all__ = [
    "AdaptiveLayerInstanceNormalization",
    "BatchNormalization",
    "BilinearResize",
    "ClassActivationMap",
    "ConditionProjection",
    "ConditioningAugmentation",
    "FanInConvolution",
    "GatedLinearUnit",
    "GaussianBlur",
    "InstanceLayerNormalization",
    "InstanceNormalization",
    "ReflectionConvolution",
    "ReflectionPadding",
    "ReplicaDropout",
    "ResidualBlock",
    "SpectralNormalization",
    "UpsampleConvolution",
    "WordContextAttention",
]
