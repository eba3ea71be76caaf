"""A RAGAN that adds numbers to images, and callbacks around it."""

import types

import numpy as np

from tests.callbacks.tiny_model import TinyModel


class FakeRAGAN(TinyModel):
    """Brightens images by the length of their captions."""

    def __init__(self, supervised=False, code="", both_ways=False):
        super().__init__()
        self.setting = types.SimpleNamespace(
            supervised=supervised, code=code, both_ways=both_ways
        )
        self.input_channels = 1 if supervised else 3
        if both_ways:
            self.damsm = None
        self.calls = []

    def translate(
        self,
        images,
        captions=None,
        references=None,
        seed=0,
        direction="ab",
        batch_size=1,
    ):
        self.calls.append((direction, seed))
        shift = np.zeros(len(images))
        if captions is not None:
            shift = shift + [len(text) for text in captions]
        if references is not None:
            shift = shift + [int(one[0, 0, 0]) for one in references]
        shift = shift.astype(np.uint8)
        return {
            "image": images + shift[:, None, None, None],
            "attention_maps": [np.ones((len(images), 2, 2, 3), np.float32)] * 2,
        }


def compiled(**kwargs):
    """A `FakeRAGAN` ready to `fit`."""
    model = FakeRAGAN(**kwargs)
    model.compile(run_eagerly=True)
    return model


def gray(*levels, size=8):
    """Images of one gray level each."""
    return np.stack([np.full((size, size, 3), one, np.uint8) for one in levels])
