"""Reading the weights of published implementations."""

from tfragan.convert.attngan_weights import discriminator_entries
from tfragan.convert.attngan_weights import generator_entries
from tfragan.convert.attngan_weights import text_encoder_entries
from tfragan.convert.one_stage_conversion import convert_one_stage
from tfragan.convert.ragan_conversion import convert_ragan
from tfragan.convert.torch_archive import TorchArchiveError
from tfragan.convert.torch_archive import read_torch_archive
from tfragan.convert.ugatit_conversion import convert_ugatit
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import load_state_dict

__all__ = [
    "ConversionError",
    "ConversionReport",
    "TorchArchiveError",
    "WeightEntry",
    "convert_one_stage",
    "convert_ragan",
    "convert_ugatit",
    "discriminator_entries",
    "generator_entries",
    "load_state_dict",
    "read_torch_archive",
    "text_encoder_entries",
]
