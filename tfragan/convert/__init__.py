"""Reading the weights of published implementations."""

from tfragan.convert.attngan_weights import discriminator_entries
from tfragan.convert.attngan_weights import generator_entries
from tfragan.convert.attngan_weights import text_encoder_entries
from tfragan.convert.one_stage_weights import convert_one_stage
from tfragan.convert.published_file import PublishedFileError
from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import read_state_dict
from tfragan.convert.ragan_weights import convert_ragan
from tfragan.convert.ugatit_weights import convert_ugatit
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import load_state_dict

__all__ = [
    "ConversionError",
    "ConversionReport",
    "PublishedFileError",
    "WeightEntry",
    "convert_one_stage",
    "convert_ragan",
    "convert_ugatit",
    "discriminator_entries",
    "generator_entries",
    "load_state_dict",
    "read_published_file",
    "read_state_dict",
    "text_encoder_entries",
]
