"""The models, each a Keras model with its own `train_step`."""

import tfragan.keras_backend  # noqa: F401
from tfragan.models.adversarial_model import AdversarialModel
from tfragan.models.adversarial_model import Fakes
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
from tfragan.models.dfgan import DFGAN
from tfragan.models.dfgan import DFGANGenerator
from tfragan.models.dmgan import DMGAN
from tfragan.models.dmgan import DMGANDiscriminator
from tfragan.models.dmgan import DMGANGenerator
from tfragan.models.loading import load
from tfragan.models.ragan import RAGAN
from tfragan.models.ragan import RAGANDiscriminator
from tfragan.models.ragan import RAGANGenerator
from tfragan.models.ragan import ReferenceEncoder
from tfragan.models.seeded_noise import seeded_noise
from tfragan.models.ssagan import SSAGAN
from tfragan.models.ssagan import SSAGANGenerator
from tfragan.models.text_to_image import OneStageModel
from tfragan.models.text_to_image import OneWayDiscriminator
from tfragan.models.text_to_image import TextToImageModel
from tfragan.models.training_model import TrainingModel
from tfragan.models.translation import ImageTranslationModel
from tfragan.models.ugatit import UGATIT
from tfragan.models.ugatit import UGATITDiscriminator
from tfragan.models.ugatit import UGATITGenerator

__all__ = [
    "AdversarialModel",
    "AttnGAN",
    "AttnGANDiscriminator",
    "AttnGANGenerator",
    "CycleGAN",
    "CycleGANDiscriminator",
    "CycleGANGenerator",
    "DAMSM",
    "EfficientNetImageEncoder",
    "Fakes",
    "InceptionImageEncoder",
    "SmallImageEncoder",
    "TextEncoder",
    "DFGAN",
    "DFGANGenerator",
    "DMGAN",
    "DMGANDiscriminator",
    "DMGANGenerator",
    "RAGAN",
    "RAGANDiscriminator",
    "RAGANGenerator",
    "ReferenceEncoder",
    "SSAGAN",
    "SSAGANGenerator",
    "OneStageModel",
    "OneWayDiscriminator",
    "TextToImageModel",
    "TrainingModel",
    "ImageTranslationModel",
    "UGATIT",
    "UGATITDiscriminator",
    "UGATITGenerator",
    "load",
    "seeded_noise",
]
