"""Attention by the weights of an auxiliary classifier."""

import keras
import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.layers.spectral_normalization import SpectralNormalization

_REWEIGHTING = ("stored", "normalized")


@keras.saving.register_keras_serializable(package="tfragan")
class DomainClassifier(RecordedLayer):
    """A linear map to one logit, in float32 under mixed policies too.

    Args:
        use_bias: whether a bias is added.
        kernel_initializer: initializer of the kernel.

    Call arguments:
        inputs: tensor of shape `(batch, channels)`.

    Output:
        Logits of shape `(batch, 1)`, in the dtype of the variables.
    """

    def __init__(
        self, use_bias=True, kernel_initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 1),
            initializer=self.kernel_initializer,
            autocast=False,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(1,), initializer="zeros", autocast=False, name="bias"
            )

    def call(self, inputs):
        inputs = tf.cast(inputs, self.variable_dtype)
        logits = tf.matmul(inputs, self.kernel.value)
        return logits if self.bias is None else logits + self.bias.value

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)


@keras.saving.register_keras_serializable(package="tfragan")
class ClassActivationMap(RecordedLayer):
    """Weights channels by what tells an auxiliary classifier two domains apart.

    Two linear classifiers see the average and the maximum of each channel.
    The very weights that make their logits then weight the channels of the
    feature map, once each, and a 1x1 convolution with an activation makes one
    map of the two. Gradients reach the weights by both ways. The heat map is
    the sum of its channels, not scaled.

    `shared=True` is the published TensorFlow form: one classifier with a bias
    sees both, and the bias is added to the weight of every channel.

    With spectral normalization the logits come from `w / sigma`. The channels
    are weighted by the stored `w` in the published PyTorch code and by
    `w / sigma` in the TensorFlow code.

    Under a mixed policy logits, weights and heat map are float32.

    Args:
        shared: whether there is one classifier, see above.
        negative_slope: of the leaky ReLU; zero is ReLU.
        spectral_normalization: whether the classifiers have it. The
            convolution has none.
        reweighting: `"stored"` or `"normalized"`, see above.
        keep_v: see `SpectralNormalization`.
        kernel_initializer: initializer of all kernels.
        bias_initializer: initializer of the bias of the convolution.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether the spectral normalization does power iterations.
        passes: number of parts of the batch, see `SpectralNormalization`.

    Output:
        Tuple of the logits of average and maximum, float32 `(batch, 2)`; the
        features, of the shape of `inputs`; and the heat map, float32
        `(batch, height, width, 1)`.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          section 2.1; published code

    Example:

    >>> layer = ClassActivationMap()
    >>> logits, features, heat_map = layer(np.ones((2, 4, 5, 3), "float32"))
    >>> logits.shape, heat_map.shape
    (TensorShape([2, 2]), TensorShape([2, 4, 5, 1]))
    """

    def __init__(
        self,
        shared=False,
        negative_slope=0.0,
        spectral_normalization=False,
        reweighting="stored",
        keep_v=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_choice("reweighting", reweighting, _REWEIGHTING)
        self.shared = shared
        self.negative_slope = negative_slope
        self.spectral_normalization = spectral_normalization
        self.reweighting = reweighting
        self.keep_v = keep_v
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape):
        channels = input_shape[-1]
        names = (
            ["classifier"]
            if self.shared
            else ["average_classifier", "maximum_classifier"]
        )
        self.classifiers = [self._classifier(name) for name in names]
        for classifier in self.classifiers:
            classifier.build((None, channels))
        self.fusion = keras.layers.Conv2D(
            channels,
            1,
            kernel_initializer=self.kernel_initializer.clone(),
            bias_initializer=self.bias_initializer,
            dtype=self.dtype_policy,
            name="fusion",
        )
        self.fusion.build((*input_shape[:-1], 2 * channels))

    def _classifier(self, name):
        classifier = DomainClassifier(
            use_bias=self.shared,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=self.dtype_policy,
            name=name,
        )
        if not self.spectral_normalization:
            return classifier
        return SpectralNormalization(
            classifier, keep_v=self.keep_v, name=f"normalized_{name}"
        )

    def call(self, inputs, training=False, passes=1):
        x = tf.cast(inputs, self.variable_dtype)
        pooled = (tf.reduce_mean(x, (1, 2)), tf.reduce_max(x, (1, 2)))
        found = [self._weights(c, training, passes) for c in self.classifiers]
        if self.shared:
            found *= 2
        logits = [
            tf.reduce_sum(pool * _of_samples(weights, pool), -1) + bias
            for pool, (weights, _, bias) in zip(pooled, found, strict=True)
        ]
        vectors = [vector for _, vector, _ in found]
        features = self._fuse(inputs, vectors)
        heat_map = tf.reduce_sum(
            tf.cast(features, tf.float32), -1, keepdims=True
        )
        return tf.cast(tf.stack(logits, -1), tf.float32), features, heat_map

    def _weights(self, classifier, training, passes):
        """Weights of the logit and of the channels, (parts, channels), bias."""
        # The weights are few: they are normalized here, not the inputs.
        stored = tf.convert_to_tensor(classifier.kernel.value)[:, 0]
        stored = normalized = stored[tf.newaxis]
        if self.spectral_normalization:
            sigma = classifier.sigma(training, passes)
            normalized = stored / sigma[:, tf.newaxis]
        vector = stored if self.reweighting == "stored" else normalized
        bias = 0.0
        if self.shared:
            bias = tf.convert_to_tensor(classifier.bias.value)
            vector += bias
        return normalized, vector, bias

    def _fuse(self, inputs, vectors):
        """The 1x1 convolution of the map weighted by both vectors."""
        kernel = tf.cast(self.fusion.kernel.value, self.variable_dtype)[0, 0]
        bias = tf.cast(self.fusion.bias.value, self.compute_dtype)
        channels = inputs.shape[-1]
        height, width = inputs.shape[1:3]
        few = None not in (height, width) and height * width < channels
        if few or any(vector.shape[0] > 1 for vector in vectors):
            x = tf.cast(inputs, kernel.dtype)
            inputs = tf.concat(
                [x * _of_samples(v, x)[:, None, None] for v in vectors], -1
            )
        else:
            # Weighting the rows of the kernel gives the same with half the
            # arithmetic, and no map of twice the channels.
            rows = tf.concat(vectors, -1)[0]
            average, maximum = tf.split(kernel * rows[:, tf.newaxis], 2)
            kernel = average + maximum
        # (batch * height * width, in) x (in, channels)
        shape = tf.shape(inputs)
        flat = tf.reshape(inputs, (-1, kernel.shape[0]))
        features = tf.matmul(
            tf.cast(flat, self.compute_dtype),
            tf.cast(kernel, self.compute_dtype),
        )
        features = tf.nn.bias_add(features, bias)
        if self.negative_slope:
            features = tf.nn.leaky_relu(features, self.negative_slope)
        else:
            features = tf.nn.relu(features)
        return tf.reshape(features, [*tf.unstack(shape)[:3], channels])

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (batch, 2), tuple(input_shape), (batch, height, width, 1)


def _of_samples(vectors, samples):
    """(parts, channels) to (batch, channels), or (1, channels) as it is."""
    parts = vectors.shape[0]
    if parts == 1:
        return vectors
    return tf.repeat(vectors, tf.shape(samples)[0] // parts, axis=0)
