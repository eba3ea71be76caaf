"""Whether a picture shows the colors that its caption names."""

import numpy as np

from tfragan.data.shape_scenes import BACKGROUND
from tfragan.data.shape_scenes import COLORS

# Squared distance to the background from which a pixel counts as painted.
_PAINTED = 100.0**2
_LEAST_PAINTED = 0.02


def named_colors_found(image, scene):
    """Looks for each shape's color on the side where the shape should be.

    Args:
        image: uint8 array `(height, width, 3)`.
        scene: the `ShapeScene` of the caption.

    Returns:
        Two booleans, for the first and the second shape: whether the color
        named for it is the commonest among the painted pixels of its half.
    """
    axis = 0 if scene.relation == "above" else 1
    halves = np.array_split(image, 2, axis=axis)
    return [
        _commonest_color(half) == shape.color
        for half, shape in zip(halves, scene.shapes, strict=True)
    ]


def _commonest_color(image):
    pixels = image.reshape(-1, 3).astype("float64")
    painted = _squared_distances(pixels, [BACKGROUND])[:, 0] > _PAINTED
    if painted.mean() < _LEAST_PAINTED:
        return None
    nearest = _squared_distances(pixels[painted], list(COLORS.values()))
    counts = np.bincount(nearest.argmin(1), minlength=len(COLORS))
    return list(COLORS)[counts.argmax()]


def _squared_distances(pixels, colors):
    differences = pixels[:, np.newaxis] - np.array(colors, "float64")
    return np.square(differences).sum(-1)


def color_accuracy(model, scenes, seed=0):
    """Share of shapes whose named color a generator paints.

    Args:
        model: an `AttnGAN`.
        scenes: list of `ShapeScene`.
        seed: seed of the first scene's image.

    Returns:
        A float between 0 and 1.
    """
    images = model.generate([scene.captions[0] for scene in scenes], seed)
    found = [
        named_colors_found(image, scene)
        for image, scene in zip(images, scenes, strict=True)
    ]
    return float(np.mean(found))
