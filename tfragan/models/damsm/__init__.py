"""DAMSM, the model that matches sentences and images."""

from tfragan.models.damsm.damsm import DAMSM
from tfragan.models.damsm.text_encoder import TextEncoder

__all__ = ["DAMSM", "TextEncoder"]
