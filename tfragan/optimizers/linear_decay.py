"""A learning rate that stays, then falls to zero on a line."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfragan")
class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant until period `start`, then linear to zero at period `end`.

    A period is a number of steps, such as an epoch, over which the rate does
    not change. With `p` the periods that are over, the rate is
    `initial_learning_rate * (end - p) / (end - start)`, never more than the
    initial rate and never less than zero. It is a function of the step alone,
    so that a run that is resumed goes on as if nothing had happened.

    The published schedules are class methods.

    Args:
        initial_learning_rate: a float.
        start: period from which the rate falls.
        end: period from which it is zero.
        steps_per_period: steps of one period.

    Raises:
        ValueError: unless `start < end` and `steps_per_period >= 1`.

    Example:

    >>> rate = LinearDecay(1.0, start=2, end=4)
    >>> [float(rate(step)) for step in range(6)]
    [1.0, 1.0, 1.0, 0.5, 0.0, 0.0]
    """

    def __init__(self, initial_learning_rate, start, end, steps_per_period=1):
        super().__init__()
        if start >= end:
            raise ValueError(
                f"start must be before end. Received: start={start}, end={end}"
            )
        if steps_per_period < 1:
            raise ValueError(
                "steps_per_period must be at least 1. "
                f"Received: steps_per_period={steps_per_period}"
            )
        self.initial_learning_rate = initial_learning_rate
        self.start = start
        self.end = end
        self.steps_per_period = steps_per_period

    @classmethod
    def ugatit(cls, initial_learning_rate, steps):
        """U-GAT-IT in PyTorch: half the run constant, the last step at zero.

        As published, but for an odd number of steps, where the published rate
        is negative in the end, and for a single step, where it divides by
        zero: here these are zero and the initial rate.

        Args:
            initial_learning_rate: a float.
            steps: steps of the whole run.

        Returns:
            A `LinearDecay`.
        """
        half = max(1, steps // 2)
        return cls(initial_learning_rate, half - 1, 2 * half - 1)

    @classmethod
    def ugatit_tensorflow1(
        cls, initial_learning_rate, steps_per_epoch, epochs=100, decay_epoch=50
    ):
        """U-GAT-IT in TensorFlow 1: by epoch, the last one above zero.

        Args:
            initial_learning_rate: a float.
            steps_per_epoch: steps of one epoch.
            epochs: epochs of the whole run.
            decay_epoch: epochs before the rate falls.

        Returns:
            A `LinearDecay`.
        """
        return cls(initial_learning_rate, decay_epoch, epochs, steps_per_epoch)

    @classmethod
    def cyclegan(
        cls,
        initial_learning_rate,
        steps_per_epoch,
        constant_epochs=100,
        decay_epochs=100,
    ):
        """CycleGAN: by epoch, `1 - max(0, n - constant) / (decay + 1)`.

        The epochs `n` of this formula count from 1.

        Args:
            initial_learning_rate: a float.
            steps_per_epoch: steps of one epoch.
            constant_epochs: epochs at the initial rate.
            decay_epochs: epochs that follow, the last one above zero.

        Returns:
            A `LinearDecay`.
        """
        return cls(
            initial_learning_rate,
            constant_epochs - 1,
            constant_epochs + decay_epochs,
            steps_per_epoch,
        )

    @classmethod
    def ragan(
        cls,
        initial_learning_rate,
        steps_per_epoch,
        constant_epochs=100,
        decay_epochs=100,
    ):
        """RAGAN: by epoch, `1 - max(0, n - 1 - constant) / decay`.

        The epochs `n` of this formula count from 1.

        Args:
            initial_learning_rate: a float.
            steps_per_epoch: steps of one epoch.
            constant_epochs: epochs at the initial rate, and one more.
            decay_epochs: epochs that follow, the last one above zero.

        Returns:
            A `LinearDecay`.
        """
        return cls(
            initial_learning_rate,
            constant_epochs,
            constant_epochs + decay_epochs,
            steps_per_epoch,
        )

    def with_updates_per_step(self, updates):
        """This schedule for an optimizer that moves several times a step.

        A schedule sees how often its own optimizer has moved. That of a
        discriminator that learns several times in a training step would
        otherwise fall several times as fast.

        Args:
            updates: how often the optimizer moves in a training step.

        Returns:
            A `LinearDecay`.
        """
        return LinearDecay(
            self.initial_learning_rate,
            self.start,
            self.end,
            updates * self.steps_per_period,
        )

    def __call__(self, step):
        """The rate of a step.

        Args:
            step: number of finished steps, an integer scalar.

        Returns:
            A float32 scalar.
        """
        period = tf.cast(step, tf.int64) // self.steps_per_period
        left = tf.cast(self.end - period, tf.float32)
        share = tf.clip_by_value(left / (self.end - self.start), 0.0, 1.0)
        return self.initial_learning_rate * share

    def get_config(self):
        """The arguments of the constructor."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "start": self.start,
            "end": self.end,
            "steps_per_period": self.steps_per_period,
        }
