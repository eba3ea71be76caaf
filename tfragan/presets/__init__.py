"""Trained models that come with the package, and where presets are found."""

from tfragan.presets.preset_places import preset_folder
from tfragan.presets.preset_places import preset_names

__all__ = ["preset_folder", "preset_names"]
