import types

import numpy as np
import PIL.Image

from tfragan.callbacks import GeneratedAttributes
from tfragan.data import avatars


class _Draws:
    """Gives the real pictures of captions, shifted by some."""

    def __init__(self, data, shift=0, size=64):
        self._pictures = {
            item.captions[0]: data[(place + shift) % len(data)]
            for place, item in enumerate(data)
        }
        self.image_sizes = (size,)

    def generate(self, captions, seed, batch_size):
        return np.stack(
            [
                PIL.Image.open(self._pictures[caption].path).convert("RGB")
                for caption in captions
            ]
        )


def _measured(model, captions):
    measurement = GeneratedAttributes(types.SimpleNamespace(), captions)
    measurement.set_model(model)
    return measurement.measured_values(), measurement.left_out()


def test_right_pictures_are_told_from_others():
    data = avatars("test").select(range(40))
    captions = [item.captions[0] for item in data]
    right, _ = _measured(_Draws(data), captions)
    wrong, _ = _measured(_Draws(data, shift=1), captions)
    assert right["attribute_accuracy_mean"] > 0.95
    assert right["attribute_accuracy_hair_color"] > 0.95
    assert wrong["attribute_accuracy_mean"] < 0.5


def test_pictures_of_another_size_are_left_out():
    data = avatars("test").select(range(2))
    found, reasons = _measured(_Draws(data, size=32), ["a bald head"])
    assert found == {}
    assert "64 pixels, not of 32" in reasons[0]
