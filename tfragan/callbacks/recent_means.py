"""Means over the latest steps, out of those since the epoch began."""

import numpy as np


class RecentMeans:
    """Turns the running means that `fit` reports into recent ones.

    Keras reports each metric as its mean since the epoch began. The
    difference of two reports is the mean of the steps between them, which
    follows a training much more closely late in a long epoch.
    """

    def __init__(self):
        self._batches = 0
        self._totals = {}

    def reset(self):
        """Forgets what was reported: an epoch begins."""
        self._batches = 0
        self._totals = {}

    def update(self, batches, logs):
        """Takes a report and returns the means since the one before.

        Args:
            batches: batches of this epoch so far.
            logs: dict of numbers or arrays of shape `(1,)`.

        Returns:
            Dict of key to float.
        """
        logs = plain_numbers(logs)
        new = max(batches - self._batches, 1)
        totals = {key: value * batches for key, value in logs.items()}
        means = {
            key: (total - self._totals.get(key, 0.0)) / new
            for key, total in totals.items()
        }
        self._batches, self._totals = batches, totals
        return means


def plain_numbers(logs):
    """The logs of a callback as Python floats.

    Args:
        logs: dict of numbers, arrays or tensors with one element, or None.

    Returns:
        Dict of key to float.
    """
    return {
        key: float(np.mean(np.asarray(value)))
        for key, value in (logs or {}).items()
    }
