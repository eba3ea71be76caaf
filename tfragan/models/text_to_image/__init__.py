"""What models that make images of sentences share."""

from tfragan.models.text_to_image.one_stage_model import OneStageModel
from tfragan.models.text_to_image.one_way_discriminator import (
    OneWayDiscriminator,
)
from tfragan.models.text_to_image.steps_between import linear_steps
from tfragan.models.text_to_image.steps_between import spherical_steps
from tfragan.models.text_to_image.text_to_image_model import TextToImageModel

__all__ = [
    "OneStageModel",
    "OneWayDiscriminator",
    "TextToImageModel",
    "linear_steps",
    "spherical_steps",
]
