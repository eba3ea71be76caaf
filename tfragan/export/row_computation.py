"""Computing the rows of a request one by one, or all at once."""

import tensorflow as tf


def compute_rows(function, inputs, specs, row_by_row):
    """Applies a function of batches to a request of any size, also of none.

    Args:
        function: from tensors with a batch axis to a dict of such tensors.
        inputs: list of its arguments, all with the same batch axis.
        specs: dict of name to the `tf.TensorSpec` of one row of the outputs
            that are wanted.
        row_by_row: whether each row is computed by itself. Kernels share out
            the work by the shape of the whole batch, which changes the last
            bits of a row with the number of rows.

    Returns:
        Dict of the wanted outputs.
    """
    compute = _one_by_one if row_by_row else _all_at_once
    return compute(function, inputs, specs)


def _one_by_one(function, inputs, specs):
    def row(values):
        outputs = function(*(value[tf.newaxis] for value in values))
        return {name: outputs[name][0] for name in specs}

    return tf.map_fn(row, tuple(inputs), fn_output_signature=specs)


def _all_at_once(function, inputs, specs):
    # Networks cannot do with a batch of 0: it gets a row that is cut off
    # again.
    count = tf.shape(inputs[0])[0]
    extra = tf.cast(tf.equal(count, 0), tf.int32)
    outputs = function(
        *(
            tf.pad(value, [[0, extra], *[[0, 0]] * (value.shape.rank - 1)])
            for value in inputs
        )
    )
    return {
        name: tf.ensure_shape(outputs[name][:count], (None, *spec.shape))
        for name, spec in specs.items()
    }


def encode_png(images):
    """PNG files of uint8 images `(batch, height, width, 3)`."""
    return tf.map_fn(
        tf.io.encode_png,
        images,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )
