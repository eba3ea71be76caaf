"""How far translations of held-out images are from their target domain."""

import functools

from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.callbacks.usable_features import AUTO
from tfragan.callbacks.usable_features import usable_features
from tfragan.metrics.domain_features import domain_features
from tfragan.metrics.image_features import distance_name
from tfragan.metrics.kernel_distance import kernel_distance


class TranslationDistance(PeriodicEvaluation):
    """Measures the kernel distance of translations and real target images.

    Held-out images of each domain are translated before the first step, every
    so many steps and at the end. The distance of the translations to the
    held-out images of the other domain is written with its standard error:
    `<distance>_ab`, `<distance>_ab_standard_error`, the same for `ba`, and
    for both directions `<distance>_mean`. The name of the distance says which
    features it is of, see `tfragan.metrics.distance_name`; it is a KID only
    with those of Inception-v3.

    Only features of the real images are kept, and they are computed once.

    Args:
        writer: the run's `MetricsWriter`.
        data: the held-out `tfragan.data.UnpairedImages`.
        features: an `ImageFeatures` or its name; `"auto"` for
            EfficientNet-Lite0 where its package is installed. Where it is not,
            or a domain has too few images, nothing is measured and the
            reason is logged once; nor is it with `None`.
        every_steps: after how many steps to measure, or None.
        directions: which generators to measure, `"ab"`, `"ba"` or both.
        batch_size: images translated at once.

    Raises:
        ValueError: for directions or features that do not exist.
        ImportError: the features are named and their package is missing.
    """

    def __init__(
        self,
        writer,
        data,
        features=AUTO,
        every_steps=1000,
        directions=("ab", "ba"),
        batch_size=16,
    ):
        super().__init__(writer, every_steps=every_steps)
        self.directions = tuple(directions)
        if not self.directions or not set(self.directions) <= {"ab", "ba"}:
            raise ValueError(
                '`directions` has to be of "ab" and "ba". '
                f"Received: directions={directions!r}"
            )
        self.domains = {"a": data.domain_a, "b": data.domain_b}
        self.batch_size = batch_size
        fewest = min(len(domain) for domain in self.domains.values())
        self.features = usable_features(features, fewest)
        self._real = {}

    @property
    def monitor(self):
        """The key that stands for the whole model, smaller is better.

        None where nothing is measured.
        """
        if self.features is None:
            return None
        last = "mean" if len(self.directions) == 2 else self.directions[0]
        return f"{self._name}_{last}"

    def on_train_begin(self, logs=None):
        """Measures before the first step of a run."""
        super().on_train_begin(logs)
        recorded = self.writer.run_folder.read_metrics()
        if not any(self.monitor in record for record in recorded):
            self.write_measured(self.read_step())

    def measured_values(self):
        """The distances now, {} without features."""
        if self.features is None:
            return {}
        values = {}
        for direction in self.directions:
            result = self.measure(direction)
            key = f"{self._name}_{direction}"
            values[key] = result.value
            values[f"{key}_standard_error"] = result.standard_error
        if len(self.directions) == 2:
            both = [values[f"{self._name}_{name}"] for name in self.directions]
            values[f"{self._name}_mean"] = sum(both) / 2.0
        return values

    def measure(self, direction):
        """Measures one direction now.

        Args:
            direction: `"ab"` or `"ba"`.

        Returns:
            A `KernelDistance`.
        """
        source, target = direction
        if target not in self._real:
            self._real[target] = self._features_of(target)
        translations = self._features_of(
            source,
            functools.partial(
                self.model.translate,
                direction=direction,
                batch_size=self.batch_size,
            ),
        )
        # The subsets are not written: one of each is the least.
        return kernel_distance(self._real[target], translations, subsets=1)

    @property
    def _name(self):
        return distance_name("kernel_distance", self.features.name)

    def _features_of(self, domain, translate=None):
        return domain_features(
            self.features,
            self.domains[domain],
            self.model.image_size,
            translate,
            batch_size=self.batch_size,
        )
