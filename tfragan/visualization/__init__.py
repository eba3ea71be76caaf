"""Pictures and the result page of a run."""

from tfragan.atomic_file import write_atomically
from tfragan.reports.run_page import result_page
from tfragan.reports.run_page import write_result_page
from tfragan.visualization.caption_maps import WordAttention
from tfragan.visualization.caption_maps import attention_figure
from tfragan.visualization.caption_maps import attention_strip
from tfragan.visualization.caption_maps import blend_attention
from tfragan.visualization.caption_maps import enlarge_attention
from tfragan.visualization.caption_maps import map_figure
from tfragan.visualization.caption_maps import mask_figure
from tfragan.visualization.caption_maps import mask_levels
from tfragan.visualization.caption_maps import overlay_strongest_word
from tfragan.visualization.caption_maps import overlay_words
from tfragan.visualization.caption_maps import shade_image
from tfragan.visualization.caption_maps import strongest_words
from tfragan.visualization.caption_maps import strongest_words_panel
from tfragan.visualization.caption_maps import word_panel
from tfragan.visualization.guidance_grid import Guidance
from tfragan.visualization.guidance_grid import color_figure
from tfragan.visualization.guidance_grid import edit_figure
from tfragan.visualization.guidance_grid import guidance_figure
from tfragan.visualization.guidance_grid import guided_attention_figure
from tfragan.visualization.guidance_grid import translate_each
from tfragan.visualization.image_grid import image_grid
from tfragan.visualization.image_grid import interpolation_figure
from tfragan.visualization.pixels import to_pixels
from tfragan.visualization.pixels import to_unit_range
from tfragan.visualization.pixels import write_png
from tfragan.visualization.translation_panel import draw_heat_map
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
    "map_figure",
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
