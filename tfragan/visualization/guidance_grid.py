"""Pictures of the same images translated by one guidance after another."""

import dataclasses

import numpy as np

from tfragan.visualization.caption_maps import attention_figure
from tfragan.visualization.image_grid import tile
from tfragan.visualization.labels import GAP
from tfragan.visualization.labels import LABEL_SIZE
from tfragan.visualization.labels import draw_label
from tfragan.visualization.labels import fit_image
from tfragan.visualization.labels import row_labels_beside
from tfragan.visualization.labels import wrap

_MOST_LINES = 8
_MARGIN = 6


@dataclasses.dataclass(frozen=True)
class Guidance:
    """What images are translated by, as a column of a picture shows it.

    Attributes:
        label: in words, such as the caption.
        arguments: dict of arguments of `translate`, each for one image, such
            as `{"captions": ["a red bird"]}`.
        words: list of str, what the attention maps are of.
        picture: (height, width, 3) uint8, the image that guides, or None.
    """

    label: str
    arguments: dict
    words: list = dataclasses.field(default_factory=list)
    picture: np.ndarray | None = None


def translate_each(
    translate,
    images,
    guidances,
    references=None,
    seed=0,
    direction="ab",
    batch_size=1,
):
    """Translates every image by every guidance.

    Args:
        translate: the method of a `RAGAN`.
        images: (rows, height, width, channels) uint8.
        guidances: list of `Guidance`.
        references: (rows, size, size, 3) uint8, an image a row whose
            background is taken; by default it is random.
        seed: seed of the first column's random background; each next column
            gets the next seed.
        direction: see `RAGAN.translate`.
        batch_size: see `RAGAN.translate`.

    Returns:
        Dict of `image`, uint8 (rows, guidances, height, width, 3), and
        `attention_maps`, list of float32 (rows, guidances, height, width,
        words).
    """
    images = np.asarray(images)
    rows, columns = len(images), len(guidances)
    arguments = {
        name: [value for one in guidances for value in one.arguments[name]]
        * rows
        for name in guidances[0].arguments
    }
    if references is not None:
        arguments["references"] = list(np.repeat(references, columns, 0))
    outputs = translate(
        np.repeat(images, columns, 0),
        seed=[seed + column for column in range(columns)] * rows,
        direction=direction,
        batch_size=batch_size,
        **arguments,
    )

    def by_row(values):
        return values.reshape(rows, columns, *values.shape[1:])

    return {
        "image": by_row(outputs["image"]),
        "attention_maps": [by_row(maps) for maps in outputs["attention_maps"]],
    }


def edit_figure(images, results, guidances, truths=None):
    """A row an image: the image, then what each guidance makes of it.

    Args:
        images: (rows, height, width, 3) uint8.
        results: (rows, guidances, height, width, 3) uint8.
        guidances: list of `Guidance`.
        truths: optional (rows, height, width, 3) uint8, what should have
            come out, as the last column.

    Returns:
        (height, width, 3) uint8.

    Reference:
        Published figures of RAGAN (Yu, 2018), the second.
    """
    parts = [np.asarray(images)[:, np.newaxis], results]
    labels = ["input", *(one.label for one in guidances)]
    if truths is not None:
        parts.append(np.asarray(truths)[:, np.newaxis])
        labels.append("ground truth")
    return guidance_figure(
        np.concatenate(parts, 1), labels, _heads(guidances, len(labels))
    )


def color_figure(grays, sources, at_random, encoded, guidances):
    """Two rows an image: with random backgrounds, and with encoded ones.

    Args:
        grays: (rows, height, width, 3) uint8, the inputs.
        sources: (rows, height, width, 3) uint8, the images that backgrounds
            are encoded from: of the ground truth, or others.
        at_random: (rows, guidances, height, width, 3) uint8.
        encoded: the same with the backgrounds of `sources`.
        guidances: list of `Guidance`.

    Returns:
        (height, width, 3) uint8.

    Reference:
        Published figures of RAGAN (Yu, 2018), the third.
    """
    first = np.stack([grays, sources], 1)[:, :, np.newaxis]
    cells = np.concatenate([first, np.stack([at_random, encoded], 1)], 2)
    cells = cells.reshape(-1, *cells.shape[2:])
    labels = ["input, source", *(one.label for one in guidances)]
    beside = ["random", "encoded"] * len(grays)
    return guidance_figure(
        cells, labels, _heads(guidances, len(labels)), beside
    )


def guided_attention_figure(results, attention_maps, guidances, most=4):
    """What each of some guidances attended to in the first image's results.

    Args:
        results: (rows, guidances, height, width, 3) uint8.
        attention_maps: list over the stages, of (rows, guidances, height,
            width, words) float, of these very results.
        guidances: list of `Guidance`.
        most: how many guidances at most.

    Returns:
        (height, width, 3) uint8.
    """
    shown = guidances[:most]
    return attention_figure(
        results[0][:most],
        [maps[0][:most] for maps in attention_maps],
        [one.label for one in shown],
        [one.words for one in shown],
    )


def guidance_figure(images, labels, heads=None, row_labels=None):
    """Images in rows, each column under its text and maybe an image.

    Args:
        images: (rows, columns, height, width, 3) uint8.
        labels: list of str, one a column.
        heads: optional list of (height, width, 3) uint8 or None, one a
            column: images above the first row.
        row_labels: optional list of str, one a row.

    Returns:
        (height, width, 3) uint8.

    Raises:
        ValueError: for other numbers of labels than there are columns.
    """
    images = np.asarray(images)
    if images.ndim != 5 or len(labels) != images.shape[1]:
        raise ValueError(
            "Expected images (rows, columns, height, width, 3) and one label "
            f"a column. Received: images.shape={images.shape}, {len(labels)} "
            "labels"
        )
    cells = [fit_image(image) for row in images for image in row]
    side = len(cells[0])
    picture = tile(cells, images.shape[1], GAP)
    if heads is not None and any(head is not None for head in heads):
        empty = np.full((side, side, 3), 255, np.uint8)
        above = [
            empty if head is None else fit_image(head, side) for head in heads
        ]
        picture = np.concatenate([tile(above, len(above), GAP), picture])
    picture = np.concatenate([_labels_above(labels, side), picture])
    if row_labels:
        beside = row_labels_beside(row_labels, side, len(picture))
        picture = np.concatenate([beside, picture], 1)
    return picture


def _heads(guidances, columns):
    heads = [None, *(one.picture for one in guidances)]
    return heads + [None] * (columns - len(heads))


def _labels_above(labels, side):
    """A strip with the text of each column in as many lines as needed."""
    width = side - _MARGIN
    lines = max(
        len(wrap(text, width - 4, LABEL_SIZE, _MOST_LINES)) for text in labels
    )
    strips = [
        draw_label(text, width, LABEL_SIZE, max(lines, 1), align="center")
        for text in labels
    ]
    strip = np.full((len(strips[0]), GAP, 3), 255, np.uint8)
    for one in strips:
        one = np.pad(
            one, ((0, 0), (0, _MARGIN + GAP), (0, 0)), constant_values=255
        )
        strip = np.concatenate([strip, one], 1)
    return strip
