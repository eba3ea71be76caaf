"""The nearest training images of a study's pictures."""

import dataclasses

import numpy as np

from tfragan.reports.nearest_images import NearnessComparison
from tfragan.reports.nearest_images import compare_nearness
from tfragan.reports.nearest_images import nearest_images

_READ_AT_ONCE = 256
NEIGHBORS = 3


@dataclasses.dataclass(frozen=True)
class Neighbors:
    """The nearest training images of some pictures.

    Attributes:
        places: int (n, neighbors) among the images that were searched.
        distances: float (n, neighbors), rising.
    """

    places: np.ndarray
    distances: np.ndarray


@dataclasses.dataclass(frozen=True)
class NeighborStudy:
    """What a search found.

    Attributes:
        made: the `Neighbors` of the pictures.
        real: those of held-out real images.
        searched: places in the training pool that were searched, a list.
        comparison: the `NearnessComparison` of the two.
    """

    made: Neighbors
    real: Neighbors
    searched: list
    comparison: NearnessComparison


class NeighborSearch:
    """Finds neighbors; features of training images are computed once.

    Args:
        features: a function from uint8 images (n, height, width, 3) to
            (n, dim) such as a `tfragan.metrics.ImageFeatures`.
        most: how many training images are searched at most, spread over all;
            0 for all.
    """

    def __init__(self, features, most=0):
        self._features = features
        self._most = most
        self._known = {}

    def search(self, study):
        """The `NeighborStudy` of an `ImageStudy` with training images."""
        searched, pool = self._pool(study.training)
        made = self._neighbors(study.images, pool)
        real = self._neighbors(study.held_out, pool)
        comparison = compare_nearness(
            made.distances[:, 0], real.distances[:, 0]
        )
        return NeighborStudy(made, real, searched, comparison)

    def _neighbors(self, images, pool):
        return Neighbors(
            *nearest_images(self._features(images), pool, NEIGHBORS)
        )

    def _pool(self, training):
        if training.identity not in self._known:
            total = len(training)
            count = min(self._most or total, total)
            places = [place * total // count for place in range(count)]
            parts = [
                self._features(training.read(places[n : n + _READ_AT_ONCE]))
                for n in range(0, count, _READ_AT_ONCE)
            ]
            self._known[training.identity] = places, np.concatenate(parts)
        return self._known[training.identity]
