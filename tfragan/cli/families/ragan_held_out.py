"""Held-out images with their guidance, as RAGAN is drawn and measured on."""

import numpy as np

from tfragan.callbacks import GuidedImages
from tfragan.cli.families.ragan_data import batch_options_of
from tfragan.cli.families.ragan_data import kind_of
from tfragan.metrics import colored_alike
from tfragan.metrics import mean_chroma
from tfragan.visualization import Guidance
from tfragan.visualization import to_pixels

_AT_ONCE = 64
_DIRECTIONS = ("ab", "ba")


class HeldOut:
    """What a `RAGAN` looks at without training, from `open_ragan_data`."""

    def __init__(self, config, model, data):
        self._config = config
        self._model = model
        self._data = data
        self._kind = kind_of(config)
        self._pipelines = {}

    def __len__(self):
        if self._kind == "unpaired":
            return min(len(self._data.domain_a), len(self._data.domain_b))
        return len(self._data)

    def places(self, count, shift=0):
        """At most `count` places, spread over all.

        `shift` is how far between two of them the first one is, 0 to 1.
        """
        count = min(count, len(self))
        return [
            int((place + shift) * len(self) / count) for place in range(count)
        ]

    def captions(self, count):
        """The captions that `parts` gives; None without guidance by text."""
        if self._model.setting.source != "text":
            return None
        return self._guidance(self.places(count or len(self)))["captions"]

    def parts(self, count, directions=("ab",)):
        """Yields `GuidedImages`, with their own guidance and that of others.

        `count` images at most, 0 for all, in the directions to go where
        images go both ways.
        """
        chosen = self.places(count or len(self))
        others = chosen[len(chosen) // 2 :] + chosen[: len(chosen) // 2]
        for direction in directions:
            yield from self._read(chosen, others, direction, _AT_ONCE)

    def read(self, places, direction="ab"):
        """The `GuidedImages` of some places, with their own guidance."""
        return next(self._read(places, [], direction, len(places)))

    def guidances(self, count, direction="ab"):
        """`Guidance` of at most `count` images between those of `places`.

        No label comes twice.
        """
        places = self.places(count, 0.5)
        source = self._model.setting.source
        if source == "image":
            # References are of the domain that is translated to.
            pictures = self.read(places, direction[::-1]).guidance
            return [
                picture_guidance(self._model, one)
                for one in pictures["references"]
            ]
        items = [self._data.items[place] for place in places]
        if source == "text":
            captions = dict.fromkeys(item.captions[0] for item in items)
            return [caption_guidance(self._model, text) for text in captions]
        return [
            label_guidance(self._data.labels, label_ids)
            for label_ids in dict.fromkeys(item.label_ids for item in items)
        ]

    def mean_chroma(self, count):
        """The mean color of targets, see `tfragan.metrics.mean_chroma`."""
        parts = list(self.parts(count))
        return np.average(
            [mean_chroma(part.truths) for part in parts],
            0,
            [len(part) for part in parts],
        )

    def _read(self, places, others, direction, at_once):
        """Yields `GuidedImages`, `at_once` at a time."""
        starts = range(0, len(places), at_once)
        parts = [slice(start, start + at_once) for start in starts]
        if self._kind == "unpaired":
            for rows in parts:
                yield self._unpaired(places[rows], others[rows], direction)
            return
        batches = self._batches(tuple(places), at_once)
        for rows, batch in zip(parts, batches, strict=True):
            yield self._guided(batch, places[rows], others[rows])

    def _unpaired(self, places, others, direction):
        size = self._model.image_size
        source, target = (
            getattr(self._data, f"domain_{letter}") for letter in direction
        )
        images = source.images(places, size)
        return GuidedImages(
            images,
            {"references": images},
            {"references": target.images(others, size)},
            direction=direction,
        )

    def _guided(self, batch, places, others):
        images = to_pixels(batch["images"][-1])
        own = self._guidance(places)
        if not self._model.setting.supervised:
            return GuidedImages(images, own, self._guidance(others))
        inputs = colored_alike(images)
        if self._kind == "pairs":
            inputs = to_pixels(batch["inputs"])
        if self._model.setting.source == "image":
            own = {"references": images}
        return GuidedImages(inputs, own, {}, images)

    def _guidance(self, places):
        items = [self._data.items[place] for place in places]
        source = self._model.setting.source
        if source == "text":
            return {"captions": [item.captions[0] for item in items]}
        if source == "label":
            return {"label_ids": [item.label_ids for item in items]}
        return {}

    def _batches(self, places, at_once):
        """One pass over some images; the pipelines are kept."""
        if (places, at_once) not in self._pipelines:
            some = self._data.replace_items(
                [self._data.items[place] for place in places]
            )
            options = batch_options_of(self._config, self._model, some)
            options["image_sizes"] = options["image_sizes"][-1:]
            self._pipelines[places, at_once] = some.batches(
                min(len(some), at_once), training=False, **options
            )
        return self._pipelines[places, at_once]


def caption_guidance(model, caption):
    """A `Guidance` by a caption."""
    return Guidance(
        caption, {"captions": [caption]}, model.tokenizer.words(caption)
    )


def label_guidance(labels, label_ids):
    """A `Guidance` by label ids, in the words of `LabelNames`, if any."""
    names = list(map(str, label_ids))
    if labels is not None:
        names = list(labels.names_of(label_ids))
    return Guidance(", ".join(names), {"label_ids": [list(label_ids)]}, names)


def picture_guidance(model, picture, label="reference"):
    """A `Guidance` by an image of the size that the model takes."""
    positions = model.code_shape()[0]
    return Guidance(
        label,
        {"references": [picture]},
        [f"position {number + 1}" for number in range(positions)],
        picture,
    )
