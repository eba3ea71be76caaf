"""The models, each a Keras model with its own `train_step`."""

from tfragan.models.attngan import AttnGAN
from tfragan.models.attngan import AttnGANDiscriminator
from tfragan.models.attngan import AttnGANGenerator
from tfragan.models.cyclegan import CycleGAN
from tfragan.models.cyclegan import CycleGANDiscriminator
from tfragan.models.cyclegan import CycleGANGenerator
from tfragan.models.damsm import DAMSM
from tfragan.models.damsm import EfficientNetImageEncoder
from tfragan.models.damsm import InceptionImageEncoder
from tfragan.models.damsm import SmallImageEncoder
from tfragan.models.damsm import TextEncoder
from tfragan.models.training_model import TrainingModel
from tfragan.models.translation import ImageTranslationModel
from tfragan.models.ugatit import UGATIT
from tfragan.models.ugatit import UGATITDiscriminator
from tfragan.models.ugatit import UGATITGenerator

__all__ = [
    "DAMSM",
    "UGATIT",
    "AttnGAN",
    "AttnGANDiscriminator",
    "AttnGANGenerator",
    "CycleGAN",
    "CycleGANDiscriminator",
    "CycleGANGenerator",
    "EfficientNetImageEncoder",
    "ImageTranslationModel",
    "InceptionImageEncoder",
    "SmallImageEncoder",
    "TextEncoder",
    "TrainingModel",
    "UGATITDiscriminator",
    "UGATITGenerator",
]
