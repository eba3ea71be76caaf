"""Sets of images beside real ones, by their features."""

import dataclasses
import functools

import numpy as np

from tfragan import metrics
from tfragan.evaluation.measurement import HIGHER
from tfragan.evaluation.measurement import LOWER
from tfragan.evaluation.measurement import Measurement

_STANDARD_ERROR = "standard error"
_SPLITS = 10
# The smallest part that a line of Frechet distances begins with, see there.
_PARTS = 6
# Distances from a set of a few are of no use to anyone.
_FEWEST = 8


class FeaturesAndLogits:
    """The two outputs of an `ImageFeatures` as one row, to be kept together."""

    def __init__(self, features):
        self.features = features
        self.classes = getattr(features, "classes", 0)
        self.dim = features.dim + self.classes

    def __call__(self, images, batch_size=16):
        """Rows of uint8 images, float32 (images, dim)."""
        if not self.classes:
            return self.features(images, batch_size)
        outputs = self.features.outputs(
            images, ("features", "unbiased_logits"), batch_size
        )
        return np.concatenate([*outputs.values()], axis=1)

    def protocol(self):
        """That of the features."""
        return {**self.features.protocol(), "logits": self.classes}

    def split(self, rows):
        """Features and logits of rows; the latter None without a classifier."""
        dim = self.features.dim
        return rows[:, :dim], rows[:, dim:] if self.classes else None


class FeatureComparison:
    """Measures sets against real ones, a row of the table each.

    `about` is the protocol of all measurements, `seed` is of the subsets of the
    kernel distance. What was measured is in `measurements`.
    """

    def __init__(self, features, about, step=0, seed=0):
        self.features = features
        self.measurements = []
        self._about = {**about, **features.protocol(), "seed": seed}
        self._step = step
        self._seed = seed
        self._rows = []

    def add(self, of, rows, real, **about):
        """Measures a set, and gives its `KernelDistance`.

        `rows` are features and logits, or features alone, `real` those of the
        images to be close to; the rest is more of the protocol.
        """
        network = FeaturesAndLogits(self.features)
        others, logits = network.split(rows)
        real, _ = network.split(real)
        about = {"images": len(others), "real_images": len(real), **about}
        add = functools.partial(self._add, of=of, about=about)
        kernel = metrics.kernel_distance(real, others, seed=self._seed)
        add(
            "kernel_distance",
            kernel.value,
            kernel.standard_error,
            better=LOWER,
            details=_without(kernel, "value", "standard_error"),
            statistics="kernel (x.y / dim + 1)^3, unbiased",
        )
        add(
            "frechet_distance",
            metrics.frechet_distance(real, others),
            better=LOWER,
            statistics="means and unbiased covariances of these images",
        )
        if len(others) // _PARTS > self.features.dim:
            self._add_infinity(add, real, others)
        if min(len(others), len(real)) >= _FEWEST:
            self._add_coverage(add, real, others)
        if logits is not None and len(logits) >= _SPLITS:
            score = metrics.inception_score(
                metrics.class_probabilities(logits), _SPLITS, self._seed
            )
            add(
                "inception_score",
                score.mean,
                score.std,
                better=HIGHER,
                error_kind=f"standard deviation over {_SPLITS} splits",
                details={"splits": _SPLITS},
                statistics="softmax without the bias",
            )
        return kernel

    def add_weighted(self, of, to_target, to_source):
        """Adds the weighted mix of two `KernelDistance`s."""
        result = metrics.weighted_kernel_distance(to_target, to_source)
        self._add(
            "weighted_kernel_distance",
            result.value,
            result.standard_error,
            of=of,
            about={},
            details={"target_weight": result.target_weight},
            statistics="a weighted mix of two kernel distances, no KID",
        )
        return result

    def name(self, kind):
        """Name of a metric on these features."""
        return metrics.distance_name(kind, self.features.name)

    def _add_infinity(self, add, real, others):
        found = metrics.frechet_distance_at_infinity(
            real, others, seed=self._seed
        )
        add(
            "frechet_distance_at_infinity",
            found.value,
            found.standard_error,
            error_kind="standard error of the line, too small",
            better=LOWER,
            details={"slope": found.slope, "counts": found.counts.tolist()},
            statistics="where Frechet distances of parts end, over 1 / images",
        )

    def _add_coverage(self, add, real, others):
        balls = metrics.precision_recall(real, others)
        filled = metrics.density_coverage(real, others)
        for found in (balls, filled):
            values = dataclasses.asdict(found)
            neighbors = values["neighbors"]
            for kind in [key for key in values if f"{key}_error" in values]:
                add(
                    kind,
                    values[kind],
                    values[f"{kind}_error"],
                    better=HIGHER,
                    details={"neighbors": neighbors},
                    statistics=f"balls to the {neighbors} nearest",
                )

    def _add(
        self,
        kind,
        value,
        error=None,
        *,
        of,
        about,
        better=None,
        error_kind=_STANDARD_ERROR,
        details=None,
        statistics,
    ):
        self.measurements.append(
            Measurement(
                self.name(kind),
                of,
                float(value),
                self._step,
                error,
                None if error is None else error_kind,
                better,
                details or {},
                {**self._about, **about, "statistics": statistics},
            )
        )

    def remark(self):
        """What has to be said of a Frechet distance of few images, or ""."""
        name, dim = self.name("frechet_distance"), self.features.dim
        fewest = min(
            (
                min(each.protocol["images"], each.protocol["real_images"])
                for each in self.measurements
                if each.metric == name
            ),
            default=dim + 1,
        )
        if fewest > dim:
            return ""
        return (
            f"{name} of fewer than {dim:,} images is far too large: compare "
            "it within this table only."
        )


def _without(result, *names):
    values = dataclasses.asdict(result)
    return {name: values[name] for name in values if name not in names}
