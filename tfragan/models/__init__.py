"""The models, each a Keras model with its own `train_step`."""

from tfragan.models.attngan import AttnGAN
from tfragan.models.attngan import AttnGANDiscriminator
from tfragan.models.attngan import AttnGANGenerator
from tfragan.models.damsm import DAMSM
from tfragan.models.damsm import EfficientNetImageEncoder
from tfragan.models.damsm import InceptionImageEncoder
from tfragan.models.damsm import SmallImageEncoder
from tfragan.models.damsm import TextEncoder
from tfragan.models.training_model import TrainingModel

__all__ = [
    "DAMSM",
    "AttnGAN",
    "AttnGANDiscriminator",
    "AttnGANGenerator",
    "EfficientNetImageEncoder",
    "InceptionImageEncoder",
    "SmallImageEncoder",
    "TextEncoder",
    "TrainingModel",
]
