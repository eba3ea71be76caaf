"""What models that translate images between two domains share."""

from tfragan.models.translation.image_translation_model import (
    ImageTranslationModel,
)
from tfragan.models.translation.single_generator import load_generator
from tfragan.models.translation.single_generator import read_translation_preset
from tfragan.models.translation.translate_images import DIRECTIONS
from tfragan.models.translation.translate_images import translate_images

__all__ = [
    "DIRECTIONS",
    "ImageTranslationModel",
    "load_generator",
    "read_translation_preset",
    "translate_images",
]
