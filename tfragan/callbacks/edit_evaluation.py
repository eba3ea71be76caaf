"""Do edited images follow what they are edited by, and can they go back?"""

import collections
import dataclasses

import numpy as np

from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.metrics.r_precision import r_precision

_BACK = {"ab": "ba", "ba": "ab"}


@dataclasses.dataclass(frozen=True)
class EditMeasures:
    """What was measured of edits.

    Attributes:
        distances: dict from names to mean absolute differences to the
            unedited images, 0 to 255: `reconstruction_error` of images edited
            there and back, `edit_difference` of images edited once. Images
            of two domains have both for each direction.
        precisions: with guidance by text, dict from names to `RPrecision`:
            of `edited` images with the captions that they were edited by, of
            the `unedited` ones with these captions, and of the `real` ones
            with their own.
    """

    distances: dict
    precisions: dict


def measure_edits(model, parts, candidates=100, seed=0, batch_size=8):
    """Edits images by other guidance, and back by their own.

    Args:
        model: a `RAGAN`, unsupervised.
        parts: iterable of `GuidedImages`.
        candidates: captions ranked for each image in R-precision.
        seed: seeds the draw of these captions.
        batch_size: images translated at once.

    Returns:
        An `EditMeasures`.
    """
    differences = collections.defaultdict(list)
    embeddings = collections.defaultdict(list)
    captions = collections.defaultdict(list)
    for part in parts:
        edited = _translated(
            model, part.images, part.others, part.direction, batch_size
        )
        back = _translated(
            model, edited, part.guidance, _BACK[part.direction], batch_size
        )
        suffix = f"_{part.direction}" if model.setting.both_ways else ""
        for name, images in (
            ("reconstruction_error", back),
            ("edit_difference", edited),
        ):
            differences[name + suffix].append(_difference(images, part.images))
        if model.damsm is not None:
            encode = model.damsm.encode_images
            embeddings["edited"].append(encode(edited))
            embeddings["unedited"].append(encode(part.images))
            captions["edited"] += part.others["captions"]
            captions["real"] += part.guidance["captions"]
    if embeddings:
        embeddings["real"] = embeddings["unedited"]
        captions["unedited"] = captions["edited"]
    return EditMeasures(
        {
            name: float(np.concatenate(values).mean())
            for name, values in differences.items()
        },
        {
            name: _precision(
                model, embeddings[name], captions[name], candidates, seed
            )
            for name in embeddings
        },
    )


class EditEvaluation(PeriodicEvaluation):
    """Measures edits of held-out images, before the first step too.

    With guidance by text, `r_precision/edited`, `r_precision/unedited` and
    `r_precision/real` are written, the first with spread and chance level;
    and always `reconstruction_error` and `edit_difference`, see
    `EditMeasures`.

    Args:
        writer: the run's `MetricsWriter`.
        parts: function without arguments to an iterable of `GuidedImages`.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
        candidates: captions ranked for each image.
        seed: seeds the draw of the captions, the same each time.
    """

    def __init__(
        self,
        writer,
        parts,
        every_epochs=None,
        every_steps=None,
        candidates=100,
        seed=0,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.parts = parts
        self.candidates = candidates
        self.seed = seed

    def on_train_begin(self, logs=None):
        """Measures before the first step of a run."""
        super().on_train_begin(logs)
        if self.read_step() == 0:
            self.write_measured(0)

    def measured_values(self):
        """Edits and measures now."""
        measures = measure_edits(
            self.model, self.parts(), self.candidates, self.seed
        )
        values = {
            f"r_precision/{name}": result.rate
            for name, result in measures.precisions.items()
        }
        if "edited" in measures.precisions:
            edited = measures.precisions["edited"]
            values["r_precision/edited_std"] = edited.std
            values["r_precision/edited_chance"] = edited.chance
        return {**values, **measures.distances}


def _translated(model, images, guidance, direction, batch_size):
    return model.translate(
        images, direction=direction, batch_size=batch_size, **guidance
    )["image"]


def _difference(images, others):
    """The mean absolute difference of each image to another."""
    return np.abs(np.subtract(images, others, dtype=np.float32)).mean((1, 2, 3))


def _precision(model, embeddings, captions, candidates, seed):
    # Equal captions are no mismatch.
    _, classes = np.unique(captions, return_inverse=True)
    return r_precision(
        np.concatenate(embeddings),
        model.damsm.encode_captions(captions),
        candidates=candidates,
        class_ids=classes,
        seed=seed,
    )
