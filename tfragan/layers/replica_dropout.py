"""Dropout that does not depend on the number of replicas."""

import keras
import tensorflow as tf

from tfragan.distribution import current_replica
from tfragan.distribution import replica_uniform
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class ReplicaDropout(RecordedLayer):
    """Sets a random share of the values to zero in training.

    `keras.layers.Dropout` drops the same values on every replica. Here they
    are chosen for the global batch, so that one device drops what two do. The
    choice follows from the number of calls in training so far, which is a
    weight: a run that is restored from a checkpoint goes on as if nothing had
    happened.

    Args:
        rate: share of the values that are dropped, in [0, 1); the others are
            scaled by `1 / (1 - rate)`.
        seed: seed of the random numbers.

    Call arguments:
        inputs: tensor of shape `(batch, ...)`.
        training: whether values are dropped.

    Output:
        Tensor of the shape of `inputs`.

    Raises:
        ValueError: for a rate outside [0, 1).

    Reference:
        - [Srivastava et al., 2014](https://jmlr.org/papers/v15/srivastava14a.html)

    Example:

    >>> values = ReplicaDropout(0.5)(tf.ones((1, 1000)), training=True)
    >>> sorted({float(value) for value in values[0]})
    [0.0, 2.0]
    """

    def __init__(self, rate, seed=0, **kwargs):
        super().__init__(**kwargs)
        if not 0.0 <= rate < 1.0:
            raise ValueError(f"rate must be in [0, 1). Received: rate={rate}")
        self.rate = rate
        self.seed = seed

    def build(self, input_shape):
        self.calls = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            autocast=False,
            trainable=False,
            name="calls",
        )

    def call(self, inputs, training=False):
        if not training:
            return inputs
        calls = self.calls.value + 0
        self.calls.assign(calls + 1)
        shape = tf.unstack(tf.shape(inputs))
        numbers = replica_uniform(shape, self.seed, calls, 0, current_replica())
        scaled = inputs / (1.0 - self.rate)
        return tf.where(numbers < self.rate, tf.zeros_like(inputs), scaled)

    def compute_output_shape(self, input_shape):
        return input_shape
