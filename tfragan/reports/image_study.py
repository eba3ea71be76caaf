"""Pictures that a model made, and real ones to look at beside them."""

import collections.abc
import dataclasses

import numpy as np

from tfragan.evaluation.measurement import HIGHER


@dataclasses.dataclass(frozen=True)
class ImagePool:
    """Images that are read when they are needed.

    `identity` is hashable, the same for the same images, and `read` goes from a
    list of places to uint8 images (n, size, size, 3).
    """

    identity: tuple
    keys: list
    read: collections.abc.Callable

    def __len__(self):
        return len(self.keys)


@dataclasses.dataclass(frozen=True)
class ImageStudy:
    """What a report shows of the pictures that a model makes.

    Attributes:
        title: of the study, such as `"from A to B"`; may be empty.
        made: what the pictures are called, such as `"generated pictures"`.
        images: uint8 (n, height, width, 3), the pictures.
        names: n of str, what each was made of: a caption, or a file's name.
        sources: uint8 (n, height, width, 3) images they were made of, or
            None.
        truths: uint8 (n, height, width, 3), what should have been made of
            them, or None.
        scores: (n,) how good each is; or None where the distance to the
            nearest training image says so.
        score: what a score is, in words.
        better: `"higher"` or `"lower"`, which scores are.
        held_out: uint8 (m, height, width, 3), real images that were not
            trained on; None for pictures that are not compared with any.
        held_out_names: m of str.
        training: the `ImagePool` of images trained on, or None.
        alone: where there is none, the reason in one sentence.
    """

    title: str
    made: str
    images: np.ndarray
    names: list
    sources: np.ndarray | None = None
    truths: np.ndarray | None = None
    scores: np.ndarray | None = None
    score: str = ""
    better: str = HIGHER
    held_out: np.ndarray | None = None
    held_out_names: list = dataclasses.field(default_factory=list)
    training: ImagePool | None = None
    alone: str = ""


@dataclasses.dataclass(frozen=True)
class Gap:
    """A part of a report that could not be made: of which run, and why."""

    run: str
    reason: str
