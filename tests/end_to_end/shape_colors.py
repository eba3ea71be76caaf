"""Whether a picture shows the colors that its caption names."""

import numpy as np

from tfragan.data.shapes import BACKGROUND
from tfragan.data.shapes import COLORS

# Squared distance to the background from which a pixel counts as painted.
_PAINTED = 100.0**2
# Pictures with less paint than this are blank.
_LEAST_PAINTED = 0.02
# The smaller shape of a scene has at least an eighth of the painted pixels.
_LEAST_SHARE = 0.1


def named_colors_found(image, scene):
    """Looks for the color of each of two shapes anywhere in a picture.

    Two booleans: whether the color that the `ShapeScene` names has its share of
    the painted pixels.
    """
    shares = _color_shares(image)
    return [shares[shape.color] >= _LEAST_SHARE for shape in scene.shapes]


def named_colors_in_place(image, scene):
    """As `named_colors_found`, only where the caption says the shape is.

    Returns:
        Two booleans: whether the color named for the shape is the commonest
        among the painted pixels of its half of the picture.
    """
    axis = 0 if scene.relation == "above" else 1
    halves = np.array_split(image, 2, axis=axis)
    found = []
    for half, shape in zip(halves, scene.shapes, strict=True):
        shares = _color_shares(half)
        commonest = max(shares, key=shares.get)
        found.append(shares[commonest] > 0 and commonest == shape.color)
    return found


def _color_shares(image):
    """Share of each color among the painted pixels, by its name."""
    pixels = image.reshape(-1, 3).astype("float64")
    painted = _squared_distances(pixels, [BACKGROUND])[:, 0] > _PAINTED
    if painted.mean() < _LEAST_PAINTED:
        return dict.fromkeys(COLORS, 0.0)
    nearest = _squared_distances(pixels[painted], list(COLORS.values()))
    counts = np.bincount(nearest.argmin(1), minlength=len(COLORS))
    return dict(zip(COLORS, counts / counts.sum(), strict=True))


def _squared_distances(pixels, colors):
    differences = pixels[:, np.newaxis] - np.array(colors, "float64")
    return np.square(differences).sum(-1)


def color_accuracy(model, scenes, seed=0, judge=named_colors_found):
    """Share of shapes whose named color a generator paints.

    `judge` is `named_colors_found` or `named_colors_in_place`.
    """
    images = model.generate([scene.captions[0] for scene in scenes], seed)
    found = [
        judge(image, scene) for image, scene in zip(images, scenes, strict=True)
    ]
    return float(np.mean(found))
