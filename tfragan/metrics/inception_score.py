"""Inception score, from the class probabilities of any classifier."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class InceptionScore:
    """The outcome of an Inception score measurement.

    Attributes:
        mean: mean of the scores of the splits.
        std: their standard deviation.
        scores: (splits,) float64.
    """

    mean: float
    std: float
    scores: np.ndarray


def class_probabilities(logits):
    """The softmax of logits, in float64.

    Args:
        logits: (images, classes).

    Returns:
        float64 array (images, classes), rows that sum to 1.
    """
    logits = np.asarray(logits, np.float64)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def inception_score(probabilities, splits=10, seed=None):
    """exp(mean KL(p(y|x) || p(y))), averaged over splits of the images.

    The score depends on the classifier: numbers of the ImageNet network,
    of one fine-tuned on birds and of any other cannot be compared. It also
    grows with the number of images in a split: no more than that many can
    differ. The published numbers are of 10 splits of 5,000, of the
    `"unbiased_logits"` of the graph of 2015.

    Args:
        probabilities: (images, classes), rows that sum to 1, such as
            `class_probabilities` gives.
        splits: number of splits; split k of n images holds the rows
            floor(k n / splits) to floor((k + 1) n / splits).
        seed: of the order in which the rows are split; by default that of
            `probabilities`, which must not be sorted by anything.

    Returns:
        An `InceptionScore`.

    Raises:
        ValueError: for fewer images than splits or rows that are not
            probabilities.

    Example:

    >>> import numpy as np
    >>> float(round(inception_score(np.eye(4), splits=1).mean, 6))
    4.0

    Reference:
        [Improved techniques for training GANs](
        https://arxiv.org/abs/1606.03498), section 4.
    """
    probabilities = np.asarray(probabilities, np.float64)
    if probabilities.ndim != 2 or not 1 <= splits <= len(probabilities):
        raise ValueError(
            "Expected probabilities (images, classes) with at least one "
            "image for each split. Received: "
            f"probabilities.shape={probabilities.shape}, splits={splits}"
        )
    sums = probabilities.sum(axis=1)
    if probabilities.min() < 0 or not np.allclose(sums, 1.0, atol=1e-3):
        raise ValueError(
            "Each row of `probabilities` has to be non-negative and to sum "
            f"to 1. Received: a minimum of {probabilities.min()} and sums "
            f"in {sums.min()}..{sums.max()}"
        )
    if seed is not None:
        order = np.random.default_rng(seed).permutation(len(probabilities))
        probabilities = probabilities[order]
    bounds = [k * len(probabilities) // splits for k in range(splits + 1)]
    scores = np.array(
        [
            _score_of_split(probabilities[start:stop])
            for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
        ]
    )
    return InceptionScore(float(scores.mean()), float(scores.std()), scores)


def _score_of_split(rows):
    marginal = rows.mean(axis=0, keepdims=True)
    # p log p tends to 0 with p, where floating point would say NaN.
    ratio = np.divide(rows, marginal, out=np.ones_like(rows), where=rows > 0)
    return np.exp((rows * np.log(ratio)).sum(axis=1).mean())
