"""Spectral normalization of a wrapped layer's kernel."""

import keras
import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients

_SMALLEST_NORM = 1e-12


@keras.saving.register_keras_serializable(package="tfragan")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides a layer's kernel by its largest singular value.

    The kernel `W`, as a matrix of fan-in by output channels, is used as
    `W / sigma(W)` with `sigma(W) = v^T W u`. Each call in training first
    improves the stored vectors by power iteration, `v = W u / |W u|` and
    `u = W^T v / |W^T v|`; inference uses them as they are. Gradients take
    `u` and `v` as constants and run through `W` in the numerator and in
    sigma. The stored kernel is not changed. This is what
    `torch.nn.utils.spectral_norm` does.

    `overwrite_kernel=True` does what tensorflow-addons 0.23 did instead, and
    what `keras.layers.SpectralNormalization` does: a call in training
    replaces the stored kernel by `W / sigma(W)`, inference uses the stored
    kernel as it is, and gradients take sigma as a constant. It has no `v`.
    It is there for weights and numbers made that way.

    The inputs are divided by sigma instead of the kernel, which is the same
    and does not make a second kernel, as large as the first, in every call.

    With `passes=2` the batch consists of two equal parts that published code
    sends through one after the other, such as real and fake images. Each part
    has its own power iteration and its own sigma, in this order, while there
    is one multiplication with the kernel.

    `v` follows the kernel's own order (height, width, in); a published
    PyTorch `weight_v` is in the order (in, height, width).

    Args:
        layer: layer with a `kernel`: Dense, convolution, transposed or
            depthwise convolution. Its dtype policy decides about the
            arithmetic; sigma is always taken in the dtype of its variables.
        power_iterations: how many there are in each call in training.
        overwrite_kernel: see above.
        keep_v: whether `v` is stored. Without it inference takes
            `v = W u / |W u|`, as belongs to published TensorFlow code, which
            stores `u` alone.

    Call arguments:
        inputs: the inputs of the wrapped layer.
        training: whether to do power iterations.
        passes: number of parts of the batch, see above.

    Output:
        The output of the wrapped layer.

    Reference:
        - [Miyato et al., 2018](https://arxiv.org/abs/1802.05957), algorithm 1

    Example:

    >>> layer = SpectralNormalization(keras.layers.Conv2D(8, 3))
    >>> layer(np.ones((2, 5, 5, 3), "float32"), training=True).shape
    TensorShape([2, 3, 3, 8])
    """

    def __init__(
        self,
        layer,
        power_iterations=1,
        overwrite_kernel=False,
        keep_v=True,
        **kwargs,
    ):
        # A policy of its own would round the kernel before sigma is taken.
        dtype = keras.DTypePolicy(layer.variable_dtype)
        given = keras.dtype_policies.get(kwargs.pop("dtype", None) or dtype)
        if given.name != dtype.name:
            raise ValueError(
                "Give the dtype policy to the wrapped layer. "
                f"Received: dtype={given.name}"
            )
        if power_iterations < 1:
            raise ValueError(
                "power_iterations must be positive. "
                f"Received: power_iterations={power_iterations}"
            )
        super().__init__(layer, dtype=dtype, autocast=False, **kwargs)
        self.power_iterations = power_iterations
        self.overwrite_kernel = overwrite_kernel
        self.keep_v = keep_v

    @property
    def kernel(self):
        """The kernel of the wrapped layer, not normalized."""
        return self.layer.kernel

    @property
    def bias(self):
        """The bias of the wrapped layer."""
        return self.layer.bias

    def build(self, input_shape):
        super().build(input_shape)
        if not hasattr(self.layer, "kernel"):
            raise ValueError(
                "The wrapped layer must have a kernel. "
                f"Received: layer={self.layer.name} "
                f"({type(self.layer).__name__})"
            )
        fan_in, channels = self._matrix(self.layer.kernel.value).shape
        self.u = self.add_weight(
            shape=(channels,),
            initializer=_unit_normal,
            trainable=False,
            autocast=False,
            name="u",
        )
        if self.keep_v and not self.overwrite_kernel:
            # From the kernel instead of at random, so that sigma is positive
            # and of the right size even before the first training step.
            self.v = self.add_weight(
                shape=(fan_in,),
                initializer=self._initial_v,
                trainable=False,
                autocast=False,
                name="v",
            )

    def _initial_v(self, shape, dtype=None):
        del shape
        matrix = self._matrix(self.layer.kernel.value)
        return tf.cast(_unit(tf.linalg.matvec(matrix, self.u.value)), dtype)

    def _matrix(self, kernel):
        """The kernel as (fan-in, output channels)."""
        if not self.overwrite_kernel:
            if isinstance(self.layer, _TRANSPOSED):
                kernel = tf.linalg.matrix_transpose(kernel)
            elif isinstance(self.layer, _DEPTHWISE):
                # (..., in, multiplier): each pair is an output channel.
                channels = kernel.shape[-2] * kernel.shape[-1]
                return tf.reshape(kernel, (-1, channels))
        return tf.reshape(kernel, (-1, kernel.shape[-1]))

    def call(self, inputs, training=False, passes=1):
        if self.overwrite_kernel:
            if passes != 1:
                raise ValueError(
                    "A kernel that is overwritten takes one pass in a call. "
                    f"Received: passes={passes}"
                )
            if training and self.trainable:
                self._normalize_stored_kernel()
            return self.layer(inputs)
        factors = 1.0 / self.sigma(training, passes)
        return self.layer(scale_parts(inputs, factors))

    def sigma(self, training=False, passes=1):
        """The largest singular value as each part of the batch sees it.

        Args:
            training: whether to do power iterations, `passes` times; a
                frozen layer does none.
            passes: number of parts.

        Returns:
            Tensor of shape `(passes,)`, or `(1,)` without power iterations.
        """
        matrix = self._matrix(self.layer.kernel.value)
        constant = tf.stop_gradient(matrix)
        u = tf.convert_to_tensor(self.u.value)
        if not (training and self.trainable):
            if self.keep_v:
                v = tf.convert_to_tensor(self.v.value)
            else:
                v = _unit(tf.linalg.matvec(constant, u))
            product = tf.linalg.matvec(constant, v, transpose_a=True)
            return _singular_values(matrix, u[None], v[None], product[None])
        found = []
        for _ in range(passes):
            u, v, product = self._iterate(constant, u)
            found.append((u, v, product))
        self.u.assign(u)
        if self.keep_v:
            self.v.assign(v)
        return _singular_values(
            matrix, *(tf.stack(parts) for parts in zip(*found, strict=True))
        )

    def _normalize_stored_kernel(self):
        kernel = tf.stop_gradient(self.layer.kernel.value)
        matrix = self._matrix(kernel)
        u, _, product = self._iterate(matrix, self.u.value)
        self.u.assign(u)
        self.layer.kernel.assign(kernel / tf.tensordot(u, product, 1))

    def _iterate(self, matrix, u):
        for _ in range(self.power_iterations):
            v = _unit(tf.linalg.matvec(matrix, u))
            product = tf.linalg.matvec(matrix, v, transpose_a=True)
            u = _unit(product)
        return u, v, product

    def compute_output_shape(self, input_shape):
        return self.layer.compute_output_shape(input_shape)

    def get_config(self):
        config = super().get_config()
        config.update(
            {
                "power_iterations": self.power_iterations,
                "overwrite_kernel": self.overwrite_kernel,
                "keep_v": self.keep_v,
            }
        )
        return config


_TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)


def scale_parts(inputs, factors):
    """Multiplies equal parts of a batch by a number each.

    Args:
        inputs: tensor of shape `(batch, ...)`; the batch can be divided by
            the number of factors.
        factors: tensor of shape `(parts,)`, which decides about the dtype.

    Returns:
        Tensor of the shape of `inputs`.
    """
    inputs = tf.cast(inputs, factors.dtype)
    parts = factors.shape[0]
    if parts > 1:
        if inputs.shape[0] is not None and inputs.shape[0] % parts:
            raise ValueError(
                f"A batch of {inputs.shape[0]} has no {parts} equal parts."
            )
        factors = tf.repeat(factors, tf.shape(inputs)[0] // parts)
    # (batch,) -> (batch, 1, ...)
    ones = [1] * (inputs.shape.rank - 1)
    return inputs * tf.reshape(factors, [-1, *ones])


@graph_holds_gradients
@tf.custom_gradient
def _singular_values(matrix, lefts, rights, products):
    """`v^T W u` for rows `u` and `v`, given the rows `W^T v`.

    The vectors are constants. The gradient of all rows is one product: it is
    as large as the matrix, which may have tens of millions of numbers.
    """

    def gradient(upstream):
        # (rows, fan-in)^T x (rows, out)
        weighted = rights * upstream[:, tf.newaxis]
        by_matrix = tf.matmul(weighted, lefts, transpose_a=True)
        return by_matrix, None, None, None

    return tf.reduce_sum(lefts * products, -1), gradient


def _unit(vector):
    return vector / tf.maximum(tf.norm(vector), _SMALLEST_NORM)


def _unit_normal(shape, dtype=None):
    # An initializer draws its seed in Python: the generator of `keras.random`
    # can't make its variable in a graph, where Keras builds models of others.
    return _unit(keras.initializers.RandomNormal(stddev=1.0)(shape, dtype))
