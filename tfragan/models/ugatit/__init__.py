"""U-GAT-IT: unpaired translation with attention."""

from tfragan.models.ugatit.ugatit import UGATIT
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator
from tfragan.models.ugatit.ugatit_layers import VARIANTS
from tfragan.models.ugatit.ugatit_layers import UGATITVariant

__all__ = [
    "UGATIT",
    "VARIANTS",
    "UGATITDiscriminator",
    "UGATITGenerator",
    "UGATITVariant",
]
