"""Images to be translated, with what guides them."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class GuidedImages:
    """Some images and their guidance, as `RAGAN.translate` takes them.

    Attributes:
        images: (n, height, width, 3) uint8, what is translated; colors that
            the model does not look at are in gray here already.
        guidance: dict of arguments of `translate`, the images' own: captions,
            label ids, or references.
        others: the same of other images, which these are edited by.
        truths: (n, height, width, 3) uint8, what supervised training aims
            at, or None.
        direction: `"ab"` or `"ba"`, see `RAGAN.translate`.
    """

    images: np.ndarray
    guidance: dict
    others: dict
    truths: np.ndarray | None = None
    direction: str = "ab"

    def __len__(self):
        return len(self.images)
