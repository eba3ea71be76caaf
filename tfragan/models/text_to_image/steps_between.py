"""Points between two sentences or two noises."""

import numpy as np

# Below this angle, in radians, an arc is as good as straight.
_STRAIGHT = 1e-4


def linear_steps(first, last, count):
    """Evenly spaced points on the line between two vectors.

    Args:
        first: vector.
        last: vector of the same length.
        count: how many points, both ends included.

    Returns:
        float32 array `(count, length)`.
    """
    shares = np.linspace(0.0, 1.0, count)[:, np.newaxis]
    steps = (1.0 - shares) * np.asarray(first) + shares * np.asarray(last)
    return steps.astype(np.float32)


def spherical_steps(first, last, count):
    """Evenly spaced points on the arc between two vectors.

    Noise of many numbers has nearly the same length whenever it is drawn; on
    a straight line it would be too short in the middle.

    Args:
        first: vector.
        last: vector of the same length.
        count: how many points, both ends included.

    Returns:
        float32 array `(count, length)`.

    Reference:
        - [White, 2016](https://arxiv.org/abs/1609.04468)
    """
    first, last = np.float64(first), np.float64(last)
    lengths = np.linalg.norm(first) * np.linalg.norm(last)
    cosine = first @ last / lengths if lengths else 1.0
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if not _STRAIGHT < angle < np.pi - _STRAIGHT:
        return linear_steps(first, last, count)
    shares = np.linspace(0.0, 1.0, count)[:, np.newaxis]
    steps = np.sin((1.0 - shares) * angle) * first
    steps += np.sin(shares * angle) * last
    return (steps / np.sin(angle)).astype(np.float32)
