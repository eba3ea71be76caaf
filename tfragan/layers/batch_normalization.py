"""Batch normalization that agrees over replicas and with PyTorch."""

import keras
import tensorflow as tf

from tfragan.distribution import current_replica
from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class BatchNormalization(RecordedLayer):
    """Batch normalization over all axes but the last.

    Three things differ from `keras.layers.BatchNormalization`. In training
    the statistics are those of the global batch, whatever the number of
    replicas. The moving variance is updated with the unbiased estimate, as
    PyTorch does. And a frozen layer may be told to normalize by the batch
    all the same.

    On one replica the fused kernel runs. On several, the mean is reduced
    before the centred squares are, so that no precision is lost to
    `E[x^2] - E[x]^2`.

    Args:
        momentum: weight of the old moving statistics in an update.
        epsilon: added to the variance.
        gamma_initializer: initializer of the scale.
        affine: whether a scale and a shift are learned.
        frozen_by_trainable: whether a layer with `trainable=False` uses its
            moving statistics in training too, as in Keras. Otherwise the
            argument `training` alone decides.

    Attributes:
        synchronized: whether several replicas normalize by the statistics of
            the global batch. Otherwise each normalizes by those of its own
            part, and the moving statistics take their mean; not in float64.

    Call arguments:
        inputs: tensor of shape `(batch, ..., channels)`. Replicas may hold
            different numbers of samples.
        training: whether to normalize by the batch and to update the moving
            statistics.

    Reference:
        - [Ioffe and Szegedy, 2015](https://arxiv.org/abs/1502.03167)

    Example:

    >>> layer = BatchNormalization()
    >>> layer(np.ones((2, 4, 4, 3), "float32")).shape
    TensorShape([2, 4, 4, 3])
    """

    def __init__(
        self,
        momentum=0.9,
        epsilon=1e-5,
        gamma_initializer="ones",
        affine=True,
        frozen_by_trainable=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.affine = affine
        self.frozen_by_trainable = frozen_by_trainable
        self.synchronized = True

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels is None:
            raise ValueError(
                "The last axis of the input must be known. "
                f"Received: input_shape={input_shape}"
            )

        def vector(name, initializer, trainable):
            return self.add_weight(
                shape=(channels,),
                initializer=initializer,
                trainable=trainable,
                autocast=False,
                name=name,
            )

        self.gamma = self.beta = None
        if self.affine:
            self.gamma = vector("gamma", self.gamma_initializer, True)
            self.beta = vector("beta", "zeros", True)
        self.moving_mean = vector("moving_mean", "zeros", False)
        self.moving_variance = vector("moving_variance", "ones", False)

    def call(self, inputs, training=False):
        inputs = tf.convert_to_tensor(inputs)
        if self.frozen_by_trainable:
            training = training and self.trainable
        replica = current_replica()
        fused = inputs.dtype in (tf.float32, tf.bfloat16, tf.float16)
        alone = replica.count == 1 or not self.synchronized
        if training and not (fused and alone):
            return self._normalize_over_replicas(inputs, replica)
        if fused:
            return self._normalize_fused(inputs, training, replica)
        return self._scale_and_shift(
            inputs, self.moving_mean.value, self.moving_variance.value
        )

    def _normalize_fused(self, inputs, training, replica):
        images = self._as_images(inputs)
        scale, offset = self._scale_and_offset()
        outputs = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=scale,
            offset=offset,
            mean=[] if training else self.moving_mean.value,
            variance=[] if training else self.moving_variance.value,
            epsilon=self.epsilon,
            is_training=training,
        )
        if training:
            # The kernel already reports the unbiased variance.
            statistics = tf.stop_gradient(
                tf.stack([outputs.batch_mean, outputs.batch_variance])
            )
            # Replicas keep equal weights, of which one is saved.
            mean = replica.sum(statistics) / replica.count
            self._update_moving(*tf.unstack(mean))
        return tf.reshape(outputs.y, tf.shape(inputs))

    def _scale_and_offset(self):
        if self.gamma is not None and self.beta is not None:
            return self.gamma.value, self.beta.value
        channels = self.moving_mean.shape
        return tf.ones(channels), tf.zeros(channels)

    def _as_images(self, inputs):
        if inputs.shape.rank == 4:
            return inputs
        # (batch, ..., channels) -> (batch * ..., 1, 1, channels)
        return tf.reshape(inputs, (-1, 1, 1, inputs.shape[-1]))

    def _normalize_over_replicas(self, inputs, replica):
        dtype = tf.float64 if inputs.dtype == tf.float64 else tf.float32
        x = tf.cast(inputs, dtype)
        axes = list(range(x.shape.rank - 1))

        local_count = tf.cast(tf.size(x) // x.shape[-1], dtype)
        total = replica.sum(
            tf.concat([tf.reduce_sum(x, axes), local_count[tf.newaxis]], 0)
        )
        count = tf.stop_gradient(total[-1])
        mean = total[:-1] / count
        squares = replica.sum(tf.reduce_sum(tf.square(x - mean), axes))
        variance = squares / count
        self._update_moving(mean, squares / tf.maximum(count - 1.0, 1.0))
        return self._scale_and_shift(x, mean, variance, inputs.dtype)

    def _scale_and_shift(self, x, mean, variance, dtype=None):
        mean = tf.cast(mean, x.dtype)
        variance = tf.cast(variance, x.dtype)
        scale, offset = (
            tf.cast(value, x.dtype) for value in self._scale_and_offset()
        )
        outputs = (x - mean) * (tf.math.rsqrt(variance + self.epsilon) * scale)
        outputs += offset
        return tf.cast(outputs, dtype or x.dtype)

    def _update_moving(self, mean, variance):
        for moving, value in (
            (self.moving_mean, mean),
            (self.moving_variance, variance),
        ):
            value = tf.stop_gradient(tf.cast(value, moving.dtype))
            moving.assign(
                moving.value * self.momentum + value * (1.0 - self.momentum)
            )

    def compute_output_shape(self, input_shape):
        return input_shape
