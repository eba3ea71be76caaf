"""Normalization of each channel of each sample, with a lean gradient."""

import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients


def normalize_channels(inputs, coefficients, *parameters, dtype=tf.float32):
    """Scales and shifts each channel by what its own statistics say.

    `outputs = (inputs - mean) * scale + shift`, where mean, scale and shift
    are numbers of a channel of a sample. For the gradient only the input and
    the statistics are kept, and the gradient itself can be differentiated
    exactly.

    Args:
        inputs: tensor of shape `(batch, ..., channels)` with at least one
            axis of positions.
        coefficients: function from the number of positions, `mean`, `squares`
            (sums of the squared distances from the mean) and `parameters` to
            `scale` and `shift`. Statistics have the shape `(batch, 1, ...,
            channels)`; the two results have to broadcast to it.
        *parameters: tensors that are handed on to `coefficients`.
        dtype: what is computed in.

    Returns:
        Tensor of the shape and dtype of `inputs`.
    """

    @graph_holds_gradients
    @tf.custom_gradient
    def normalize(inputs, *parameters):
        x = tf.cast(inputs, dtype)
        count = tf.cast(tf.reduce_prod(tf.shape(x)[1:-1]), dtype)
        mean = _total(x) / count
        # Centred squares lose no digits where the mean is large.
        squares = _total(tf.math.squared_difference(x, mean))
        scale, shift = coefficients(count, mean, squares, *parameters)
        outputs = tf.cast((x - mean) * scale + shift, inputs.dtype)

        def gradient(upstream):
            # Otherwise the centred input would be kept from the way forward.
            with tf.control_dependencies([upstream]):
                centred = tf.cast(tf.identity(inputs), dtype) - mean
            upstream = tf.cast(upstream, dtype)
            by_scale = _total(upstream * centred)
            by_shift = _total(upstream)
            with tf.GradientTape() as tape:
                sources = [mean, squares, *parameters]
                tape.watch(sources)
                targets = [
                    tf.broadcast_to(value, tf.shape(mean))
                    for value in coefficients(count, *sources)
                ]
            by_mean, by_squares, *by_parameters = tape.gradient(
                targets,
                sources,
                [by_scale, by_shift],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            constant = (by_mean - scale * by_shift) / count
            by_inputs = (
                upstream * scale + centred * (2.0 * by_squares) + constant
            )
            return tf.cast(by_inputs, inputs.dtype), *by_parameters

        return outputs, gradient

    return normalize(inputs, *parameters)


def _total(values):
    """Sums over the positions: (batch, ..., channels) to (batch, 1, ...)."""
    sizes = tf.shape(values)
    flat = tf.reshape(values, [sizes[0], -1, values.shape[-1]])
    # As a product, which uses all cores; a reduction in front of the last
    # axis does not.
    ones = tf.ones([sizes[0], 1, tf.shape(flat)[1]], values.dtype)
    middle = [1] * (values.shape.rank - 2)
    return tf.reshape(
        tf.matmul(ones, flat), [sizes[0], *middle, values.shape[-1]]
    )


def layer_instance_coefficients(epsilon, unbiased):
    """Coefficients of layer-instance normalization.

    Both normalizations are a scale and a shift of a channel, and so is their
    mixture. The statistics of the layer follow from those of its channels.

    Args:
        epsilon: added to both variances.
        unbiased: whether variances divide by one less than the count.

    Returns:
        A function for `normalize_channels` with the parameters `rho`, `gamma`
        and `beta`: the share of instance normalization, the scale and the
        shift.
    """
    less = 1.0 if unbiased else 0.0

    def coefficients(count, mean, squares, rho, gamma, beta):
        layer_mean = tf.reduce_mean(mean, -1, keepdims=True)
        offset = mean - layer_mean
        layer_squares = tf.reduce_sum(
            squares + count * tf.square(offset), -1, keepdims=True
        )
        layer_count = count * mean.shape[-1]
        instance = tf.math.rsqrt(squares / (count - less) + epsilon)
        layer = tf.math.rsqrt(layer_squares / (layer_count - less) + epsilon)
        scale = gamma * (rho * instance + (1.0 - rho) * layer)
        shift = beta + gamma * (1.0 - rho) * layer * offset
        return scale, shift

    return coefficients


def check_positions(shape):
    """Raises a `ValueError` unless a map is meant that has a variance."""
    if len(shape) != 4 or shape[-1] is None:
        raise ValueError(
            "The input must be (batch, height, width, channels) with a known "
            f"last axis. Received: input_shape={tuple(shape)}"
        )
    if tuple(shape[1:3]) == (1, 1):
        raise ValueError(
            "The input must have more than one position. "
            f"Received: input_shape={tuple(shape)}"
        )
