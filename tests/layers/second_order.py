"""Gradients of gradients: of two functions, and by finite differences."""

import tensorflow as tf


def first_and_second_gradients(function, sources):
    """Outputs of a function, its gradients, and those of their squares."""
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(sources)
        with tf.GradientTape() as inner:
            inner.watch(sources)
            outputs = tf.nest.flatten(function(*sources))
            total = tf.add_n([tf.reduce_sum(tf.sin(o)) for o in outputs])
        first = inner.gradient(total, sources)
        penalty = tf.add_n([tf.reduce_sum(tf.square(g)) for g in first])
    return outputs, first, outer.gradient(penalty, sources)


def penalty(layer, inputs, cotangent, **kwargs):
    """|d score / d inputs|^2 with score = sum(cotangent * tanh(layer)).

    Each input is scaled by a number of its own first, as by a layer below:
    the gradient right below a normalization sums to zero, which would hide
    the errors of most.
    """
    scale = 1.0 + tf.random.stateless_uniform(inputs.shape, (1, 2))
    scale = tf.cast(scale, inputs.dtype)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = tf.tanh(layer(inputs * scale, **kwargs))
        score = tf.reduce_sum(cotangent * outputs)
    return tf.reduce_sum(tf.square(tape.gradient(score, inputs)))


def relative_penalty_errors(layer, inputs, cotangent, step=1e-5, **kwargs):
    """Errors of the penalty's gradient along a random direction.

    Compares it with central differences, for the inputs and for each
    trainable weight, relative to the larger of the two.
    """
    variables = [tf.Variable(inputs)]
    variables += [weight.value for weight in layer.trainable_weights]

    def value():
        return penalty(
            layer, tf.convert_to_tensor(variables[0]), cotangent, **kwargs
        )

    with tf.GradientTape() as tape:
        loss = value()
    gradients = tape.gradient(loss, variables)
    return [
        abs(numeric - analytic) / max(abs(numeric), abs(analytic), 1e-12)
        for analytic, numeric in slopes(value, variables, gradients, step)
    ]


def slopes(value, variables, gradients, step):
    """Yields the slope of a value along a random direction of each variable.

    Pairs: by the gradient, and by central differences.
    """
    for i, (variable, gradient) in enumerate(
        zip(variables, gradients, strict=True)
    ):
        direction = tf.random.stateless_normal(
            variable.shape, (3, i), dtype=variable.dtype
        )
        values = []
        for sign in (1.0, -1.0):
            variable.assign_add(sign * step * direction)
            values.append(value())
            variable.assign_sub(sign * step * direction)
        numeric = float(values[0] - values[1]) / (2 * step)
        yield float(tf.reduce_sum(gradient * direction)), numeric
