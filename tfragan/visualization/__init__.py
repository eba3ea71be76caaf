"""Pictures and the result page of a run."""

from tfragan.atomic_file import write_atomically
from tfragan.visualization.attention_overlay import WordAttention
from tfragan.visualization.attention_overlay import blend_attention
from tfragan.visualization.attention_overlay import enlarge_attention
from tfragan.visualization.attention_overlay import overlay_strongest_word
from tfragan.visualization.attention_overlay import overlay_words
from tfragan.visualization.attention_overlay import strongest_words
from tfragan.visualization.attention_panel import attention_figure
from tfragan.visualization.attention_panel import strongest_words_panel
from tfragan.visualization.attention_panel import word_panel
from tfragan.visualization.attention_strip import attention_strip
from tfragan.visualization.guidance_grid import Guidance
from tfragan.visualization.guidance_grid import color_figure
from tfragan.visualization.guidance_grid import edit_figure
from tfragan.visualization.guidance_grid import guidance_figure
from tfragan.visualization.guidance_grid import guided_attention_figure
from tfragan.visualization.guidance_grid import translate_each
from tfragan.visualization.heat_map import draw_heat_map
from tfragan.visualization.image_grid import image_grid
from tfragan.visualization.interpolation_grid import interpolation_figure
from tfragan.visualization.mask_panel import mask_figure
from tfragan.visualization.mask_panel import mask_levels
from tfragan.visualization.mask_panel import shade_image
from tfragan.visualization.pixels import to_pixels
from tfragan.visualization.pixels import to_unit_range
from tfragan.visualization.png_file import write_png
from tfragan.visualization.result_page import result_page
from tfragan.visualization.result_page import write_result_page
from tfragan.visualization.translation_panel import panel_rows
from tfragan.visualization.translation_panel import translation_columns
from tfragan.visualization.translation_panel import translation_panel
from tfragan.visualization.translation_panel import translation_passes

__all__ = [
    "Guidance",
    "WordAttention",
    "attention_figure",
    "attention_strip",
    "blend_attention",
    "color_figure",
    "draw_heat_map",
    "edit_figure",
    "enlarge_attention",
    "guidance_figure",
    "guided_attention_figure",
    "image_grid",
    "interpolation_figure",
    "mask_figure",
    "mask_levels",
    "overlay_strongest_word",
    "overlay_words",
    "panel_rows",
    "result_page",
    "shade_image",
    "strongest_words",
    "strongest_words_panel",
    "to_pixels",
    "to_unit_range",
    "translate_each",
    "translation_columns",
    "translation_panel",
    "translation_passes",
    "word_panel",
    "write_atomically",
    "write_png",
    "write_result_page",
]
