"""Whether pictures show what sentences say, while a model learns."""

import numpy as np

from tfragan.callbacks.periodic import PeriodicEvaluation
from tfragan.metrics.avatar_judge import IMAGE_SIZE
from tfragan.metrics.avatar_judge import AvatarJudge
from tfragan.metrics.avatar_judge import attribute_accuracy
from tfragan.metrics.avatar_judge import attributes_of
from tfragan.metrics.avatar_judge import read_attributes


class GeneratedAttributes(PeriodicEvaluation):
    """Measures the attribute accuracies of pictures of avatars.

    They are written as `attribute_accuracy_<attribute>`, their mean as
    `attribute_accuracy_mean`.

    Args:
        writer: the run's `MetricsWriter`.
        captions: list of str, sentences about avatars.
        seed: of the pictures; caption i gets this plus i.
        batch_size: pictures at a time.
        **when: see `PeriodicEvaluation`.
    """

    def __init__(self, writer, captions, seed=0, batch_size=32, **when):
        super().__init__(writer, **when)
        self.captions = list(captions)
        self.seed = seed
        self.batch_size = batch_size
        self._judge = None

    def left_out(self):
        """Why there are no accuracies, where the size is not theirs."""
        size = self.model.image_sizes[-1]
        if size == IMAGE_SIZE:
            return []
        return [
            "Attribute accuracies are left out: they are of pictures of "
            f"{IMAGE_SIZE} pixels, not of {size}."
        ]

    def measured_values(self):
        """The accuracies now, {} for pictures of another size."""
        if self.left_out():
            return {}
        if self._judge is None:
            self._judge = AvatarJudge()
        pictures = self.model.generate(
            self.captions, seed=self.seed, batch_size=self.batch_size
        )
        accuracies = attribute_accuracy(
            read_attributes(self._judge(pictures)),
            [*map(attributes_of, self.captions)],
        )
        rates = {name: found.rate for name, found in accuracies.items()}
        values = {
            f"attribute_accuracy_{name}": rate for name, rate in rates.items()
        }
        values["attribute_accuracy_mean"] = float(np.mean([*rates.values()]))
        return values
