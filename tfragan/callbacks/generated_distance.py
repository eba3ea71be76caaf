"""How far pictures of held-out captions are from real images."""

import numpy as np

from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.callbacks.usable_features import AUTO
from tfragan.callbacks.usable_features import usable_features
from tfragan.metrics.image_features import distance_name
from tfragan.metrics.kernel_distance import kernel_distance


class GeneratedDistance(PeriodicEvaluation):
    """Measures the kernel distance of generated pictures and real images.

    It is unbiased, so that some hundred pictures do. It is written with its
    standard error: `<distance>` and `<distance>_standard_error`, where the
    name of the distance says which features it is of, see
    `tfragan.metrics.distance_name`. Features of the real images are computed
    once.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str.
        real_images: function without arguments to an iterable of uint8 arrays
            `(batch, height, width, 3)`; called once.
        features: see `usable_features`.
        seed: of the pictures; caption i gets this plus i.
        batch_size: pictures at a time.
        every_epochs: after how many epochs to measure, or None.
        every_steps: after how many steps to measure, or None.

    Raises:
        ValueError: for features that do not exist.
        ImportError: the features are named and their package is missing.
    """

    def __init__(
        self,
        writer,
        captions,
        real_images,
        features=AUTO,
        seed=0,
        batch_size=16,
        every_epochs=None,
        every_steps=None,
    ):
        super().__init__(writer, every_epochs, every_steps)
        self.captions = list(captions)
        self.features = usable_features(features, len(self.captions))
        self.seed = seed
        self.batch_size = batch_size
        self._real_images = real_images
        self._real = None

    def measured_values(self):
        """The distance now, {} without features."""
        if self.features is None:
            return {}
        if self._real is None:
            self._real = np.concatenate(
                [self.features(images) for images in self._real_images()]
            )
        generated = []
        for start in range(0, len(self.captions), self.batch_size):
            some = self.captions[start : start + self.batch_size]
            pictures = self.model.generate(
                some, seed=self.seed + start, batch_size=len(some)
            )
            generated.append(self.features(pictures, self.batch_size))
        # The subsets are not written: one of each is the least.
        result = kernel_distance(
            self._real, np.concatenate(generated), subsets=1
        )
        name = distance_name("kernel_distance", self.features.name)
        return {
            name: result.value,
            f"{name}_standard_error": result.standard_error,
        }
