"""What models that translate images between two domains share."""

from tfragan.models.translation.image_translation_model import DIRECTIONS
from tfragan.models.translation.image_translation_model import (
    ImageTranslationModel,
)
from tfragan.models.translation.image_translation_model import check_direction
from tfragan.models.translation.image_translation_model import load_generator
from tfragan.models.translation.image_translation_model import (
    read_translation_preset,
)
from tfragan.models.translation.image_translation_model import translate_images

__all__ = [
    "DIRECTIONS",
    "ImageTranslationModel",
    "check_direction",
    "load_generator",
    "read_translation_preset",
    "translate_images",
]
