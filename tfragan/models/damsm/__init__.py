"""DAMSM, the model that matches sentences and images."""

from tfragan.models.damsm.damsm import DAMSM
from tfragan.models.damsm.efficientnet_image_encoder import (
    EfficientNetImageEncoder,
)
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder
from tfragan.models.damsm.small_image_encoder import SmallImageEncoder
from tfragan.models.damsm.text_encoder import TextEncoder

__all__ = [
    "DAMSM",
    "EfficientNetImageEncoder",
    "InceptionImageEncoder",
    "SmallImageEncoder",
    "TextEncoder",
]
