"""The nearest training images of pictures, and what they say of memorizing."""

import dataclasses

import numpy as np

_ROWS_AT_ONCE = 1024
# A median nearer than this share of the other one is worth a look.
_ALIKE = 0.1


def nearest_images(features, others, count=3):
    """The nearest of other images.

    Args:
        features: (images, dim).
        others: (other images, dim), at least one.
        count: how many of the nearest to give; as many as there are where
            there are fewer.

    Returns:
        Tuple of places among the others, int (images, count), nearest first,
        and their Euclidean distances, float64 (images, count).

    Raises:
        ValueError: for shapes that do not fit.

    Example:

    >>> places, distances = nearest_images([[0.0]], [[5.0], [2.0]], 1)
    >>> places.tolist(), distances.tolist()
    ([[1]], [[2.0]])
    """
    features = np.asarray(features, np.float64)
    others = np.asarray(others, np.float64)
    if (
        features.ndim != 2
        or others.ndim != 2
        or features.shape[1] != others.shape[1]
        or not len(others)
    ):
        raise ValueError(
            "Expected features (images, dim) and at least one other of the "
            f"same dim. Received: shapes {features.shape} and {others.shape}"
        )
    squares = np.concatenate(
        [
            _squared_distances(features, others[start : start + _ROWS_AT_ONCE])
            for start in range(0, len(others), _ROWS_AT_ONCE)
        ],
        axis=1,
    )
    places = np.argsort(squares, axis=1, kind="stable")[:, :count]
    # The difference itself: that of the squares has lost its last digits.
    distances = np.stack(
        [
            np.linalg.norm(others[row] - one, axis=1)
            for row, one in zip(places, features, strict=True)
        ]
    ).reshape(places.shape)
    return places, distances


def _squared_distances(features, others):
    products = features @ others.T
    squares = (features**2).sum(1)[:, np.newaxis] + (others**2).sum(1)
    return squares - 2 * products


@dataclasses.dataclass(frozen=True)
class NearnessComparison:
    """How near made pictures are to training images, and held-out real ones.

    Attributes:
        made: median distance of made pictures to their nearest.
        real: that of held-out real images.
        closer: how many made pictures are nearer than every held-out one.
        count: how many made pictures there are.
        copies: how many held-out images are nearer than half of their median.
        real_count: how many held-out images there are.
    """

    made: float
    real: float
    closer: int
    count: int
    copies: int
    real_count: int

    def in_words(self, made):
        """What the numbers say of memorizing, of "generated pictures"."""
        share = self.made / self.real if self.real else float("inf")
        if share < 1 - _ALIKE:
            verdict = (
                f"{made.capitalize()} are nearer to the training images than "
                "real ones that were held out, as they are where a model "
                "memorizes: look at the pairs"
            )
        elif share > 1 + _ALIKE:
            verdict = (
                f"{made.capitalize()} are further from the training images "
                "than real ones that were held out: no sign of memorizing, but "
                "to these features they do not look quite real"
            )
        else:
            verdict = (
                f"{made.capitalize()} are about as near to the training "
                "images as real ones that were held out: no sign of memorizing"
            )
        return (
            f"The median distance of {made} to the nearest training image is "
            f"{self.made:.3g}, that of held-out real images {self.real:.3g}, a "
            f"ratio of {share:.2f}; {self.closer} of {self.count} are nearer "
            f"than every held-out one. {verdict}.{self._doubt()}"
        )

    def _doubt(self):
        if not self.copies:
            return ""
        return (
            f" But {self.copies} of {self.real_count} held-out images are "
            "nearer than half of their median: they seem to have near copies "
            "among the training images, and are a poor scale."
        )


def compare_nearness(made, real):
    """Compares distances to the nearest training image.

    `made` are (pictures,) those of made pictures, `real` (images,) those of
    held-out real ones.
    """
    made, real = np.asarray(made), np.asarray(real)
    return NearnessComparison(
        float(np.median(made)),
        float(np.median(real)),
        int((made < real.min()).sum()),
        len(made),
        int((real < np.median(real) / 2).sum()),
        len(real),
    )


_READ_AT_ONCE = 256
NEIGHBORS = 3


@dataclasses.dataclass(frozen=True)
class Neighbors:
    """The nearest training images of pictures, (n, neighbors), nearest first.

    Places are among the images that were searched.
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

    `features` goes from uint8 images (n, height, width, 3) to (n, dim); `most`
    training images, spread over all, are searched, 0 for all.
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
