"""What is measured of images that RAGAN edits or colors."""

import collections
import dataclasses

import numpy as np

from tfragan.callbacks.periodic import PeriodicEvaluation
from tfragan.metrics.color_error import color_error
from tfragan.metrics.color_error import colored_alike
from tfragan.metrics.r_precision import candidate_cosines
from tfragan.metrics.r_precision import caption_classes
from tfragan.metrics.r_precision import mismatch_obstacle
from tfragan.metrics.r_precision import r_precision


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


_BACK = {"ab": "ba", "ba": "ab"}


@dataclasses.dataclass(frozen=True)
class EditMeasures:
    """What was measured of edits.

    Attributes:
        distances: dict from names to mean absolute differences to the
            unedited images, 0 to 255: `reconstruction_error` of images edited
            there and back, `edit_difference` of images edited once. Images
            of two domains have both for each direction.
        precisions: with guidance by text and captions that differ, dict from
            names to `RPrecision`: of `edited` images with the captions that
            they were edited by, of the `unedited` ones with these captions,
            and of the `real` ones with their own.
        preference: with guidance by text, how many of the images that are
            edited by another caption are nearer to it, by the cosine of
            DAMSM, than the same images edited by their own; 0.5 where
            sentences do nothing.
    """

    distances: dict
    precisions: dict
    preference: float | None = None


def measure_edits(model, parts, candidates=100, seed=0, batch_size=8):
    """Edits images by other guidance, and back by their own.

    Args:
        model: a `RAGAN`, unsupervised.
        parts: iterable of `GuidedImages`.
        candidates: captions ranked for each image in R-precision.
        seed: seeds the draw of these captions.
        batch_size: images translated at once.
    """
    differences = collections.defaultdict(list)
    embeddings = collections.defaultdict(list)
    captions = collections.defaultdict(list)
    for part in parts:

        def translated(images, guidance, direction):
            return model.translate(
                images, direction=direction, batch_size=batch_size, **guidance
            )["image"]

        edited = translated(part.images, part.others, part.direction)
        back = translated(edited, part.guidance, _BACK[part.direction])
        suffix = f"_{part.direction}" if model.setting.both_ways else ""
        for name, images in (
            ("reconstruction_error", back),
            ("edit_difference", edited),
        ):
            differences[name + suffix].append(_difference(images, part.images))
        if model.damsm is not None:
            for name, images in (
                ("edited", edited),
                ("same", translated(part.images, part.guidance, "ab")),
                ("unedited", part.images),
            ):
                embeddings[name].append(model.damsm.encode_images(images))
            captions["edited"] += part.others["captions"]
            captions["real"] += part.guidance["captions"]
    distances = {
        name: float(np.concatenate(values).mean())
        for name, values in differences.items()
    }
    if not embeddings:
        return EditMeasures(distances, {})
    found = {name: np.concatenate(rows) for name, rows in embeddings.items()}
    return EditMeasures(
        distances,
        _precisions(model, found, captions, candidates, seed),
        _preference(model, found, captions["edited"]),
    )


class EditEvaluation(PeriodicEvaluation):
    """Measures edits of held-out images, before the first step too.

    With guidance by text, `r_precision/edited`, `r_precision/unedited` and
    `r_precision/real` are written, the first with spread and chance level,
    and `sentence_preference`; and always `reconstruction_error` and
    `edit_difference`, see `EditMeasures`.

    Args:
        writer: the run's `MetricsWriter`.
        parts: function without arguments to an iterable of `GuidedImages`.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
        candidates: captions ranked for each image.
        seed: seeds the draw of the captions, the same each time.
        captions: the captions of the images, list of str, to say before
            training where they are all the same; or None.
    """

    measures_at_start = True

    def __init__(
        self,
        writer,
        parts,
        every_epochs=None,
        every_steps=None,
        candidates=100,
        seed=0,
        captions=None,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.parts = parts
        self.captions = captions
        self.candidates = candidates
        self.seed = seed

    def left_out(self):
        """R-precision, where no two captions differ."""
        if self.captions is None:
            return []
        reason = mismatch_obstacle(self.captions)
        if reason is None:
            return []
        return [f"R-precision is left out: of what is held out, {reason}."]

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
        if measures.preference is not None:
            values["sentence_preference"] = measures.preference
        return {**values, **measures.distances}


def _difference(images, others):
    """The mean absolute difference of each image to another."""
    return np.abs(np.subtract(images, others, dtype=np.float32)).mean((1, 2, 3))


def _preference(model, embeddings, captions):
    """How often the edited image is nearer to the caption than the same."""
    cosines = candidate_cosines(
        model.damsm.encode_captions(captions),
        np.stack([embeddings["edited"], embeddings["same"]], axis=1),
    )
    return float((np.sign(cosines[:, 0] - cosines[:, 1]) / 2 + 0.5).mean())


def _precisions(model, embeddings, captions, candidates, seed):
    results = {}
    for name, of_images, of_captions in (
        ("edited", "edited", "edited"),
        ("unedited", "unedited", "edited"),
        ("real", "unedited", "real"),
    ):
        if mismatch_obstacle(captions[of_captions]) is not None:
            continue
        # Equal captions are no mismatch.
        classes = caption_classes(captions[of_captions])
        results[name] = r_precision(
            embeddings[of_images],
            model.damsm.encode_captions(captions[of_captions]),
            candidates=candidates,
            class_ids=classes,
            seed=seed,
        )
    return results


def measure_colors(model, parts, chroma, seed=0, batch_size=8):
    """Translates images by their own guidance and looks at the truth.

    Args:
        model: a `RAGAN`, supervised.
        parts: iterable of `GuidedImages` with `truths`.
        chroma: Cb and Cr of the baseline of one color, see `mean_chroma`.
        seed: seed of random backgrounds.
        batch_size: images translated at once.

    Returns:
        Dict from names to `ColorError`: of what is `translated`, with the
        background of the truth where the model has a code of it; `random`
        with random backgrounds there; of the `input`, which is `gray` in
        colorization; and of its lightness with the `mean_color`.
    """
    gray = model.input_channels == 1
    errors = collections.defaultdict(list)
    for part in parts:
        for name, images in {
            **_translations(model, part, seed, batch_size),
            "gray" if gray else "input": part.images,
            "mean_color": colored_alike(part.images, chroma),
        }.items():
            errors[name].append((len(part), color_error(images, part.truths)))
        seed += len(part)
    return {name: _mean(values) for name, values in errors.items()}


class ColorEvaluation(PeriodicEvaluation):
    """Measures the colors of held-out images, before the first step too.

    Written are `color_error/<name>` and `chroma_error/<name>` for each of the
    names of `measure_colors`.

    Args:
        writer: the run's `MetricsWriter`.
        parts: function without arguments to an iterable of `GuidedImages`.
        chroma: function without arguments to the Cb and Cr of the baseline
            of one color; called once.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.
        seed: seed of random backgrounds.
    """

    measures_at_start = True

    def __init__(
        self,
        writer,
        parts,
        chroma,
        every_epochs=None,
        every_steps=None,
        seed=0,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.parts = parts
        self.chroma = chroma
        self.seed = seed
        self._chroma = None

    def measured_values(self):
        """Translates and measures now."""
        if self._chroma is None:
            self._chroma = self.chroma()
        errors = measure_colors(
            self.model, self.parts(), self._chroma, self.seed
        )
        values = {}
        for name, error in errors.items():
            values[f"color_error/{name}"] = error.rgb
            values[f"chroma_error/{name}"] = error.chroma
        return values


def _translations(model, part, seed, batch_size):
    """What the model makes of images, by the names of `measure_colors`."""
    backgrounds = {"translated": {}}
    if model.setting.code:
        backgrounds = {
            "translated": {"references": part.truths},
            "random": {"seed": seed},
        }
    return {
        name: model.translate(
            part.images, batch_size=batch_size, **part.guidance, **background
        )["image"]
        for name, background in backgrounds.items()
    }


def _mean(values):
    """The mean over all images of parts of several sizes."""
    counts = [count for count, _ in values]
    parts = [[error.rgb, error.chroma] for _, error in values]
    error = values[0][1]
    return type(error)(*map(float, np.average(parts, 0, counts)))
