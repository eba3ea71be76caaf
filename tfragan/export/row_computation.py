"""Computing the rows of a request one by one, or all at once."""

import contextlib

import keras
import numpy as np
import tensorflow as tf


class RowComputation:
    """Applies networks to requests of any size, also of none.

    Args:
        networks: list of what has `weights`, or None.
        row_by_row: whether each row is computed by itself. Kernels share out
            the work by the shape of the whole batch, which changes the last
            bits of a row with the number of rows.
        float16: whether weights are kept in half precision: half the size,
            the same arithmetic.
        jit_compile: whether XLA compiles the computation of a row. Whole
            batches would be compiled again for every size.

    Attributes:
        weights: the variables to save, each once: plain ones instead of the
            Keras models, so that nothing of Keras is in the object graph.

    Raises:
        ValueError: a weight is too large for half precision, or whole batches
            are to be compiled.
    """

    def __init__(
        self, networks, row_by_row=True, float16=False, jit_compile=False
    ):
        if jit_compile and not row_by_row:
            raise ValueError(
                "jit_compile: expected row_by_row=True with it, received "
                "False; each size of a batch would be compiled."
            )
        self._jit_compile = jit_compile
        self._compute = _one_by_one if row_by_row else _all_at_once
        self._halves = []
        self.weights = []
        for network in networks:
            for variable in [] if network is None else network.weights:
                plain = variable.value
                if float16 and plain.dtype == tf.float32:
                    plain = _half(variable)
                    self._halves.append((variable, plain))
                self.weights.append(plain)

    def __call__(self, function, inputs, specs):
        """Computes a request.

        Args:
            function: from tensors with a batch axis to a dict of such tensors.
            inputs: list of its arguments, all with the same batch axis.
            specs: dict of name to the `tf.TensorSpec` of one row of the
                outputs that are wanted.

        Returns:
            Dict of the wanted outputs.
        """
        if self._jit_compile:
            function = tf.function(function, jit_compile=True)
        with self._whole_weights():
            return self._compute(function, inputs, specs)

    def _whole_weights(self):
        """A scope in which Keras takes the halves for the weights."""
        if not self._halves:
            return contextlib.nullcontext()
        return keras.StatelessScope(
            [
                (variable, tf.cast(half, variable.dtype))
                for variable, half in self._halves
            ]
        )


def _half(variable):
    values = tf.cast(variable.value, tf.float16)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{variable.path}: expected weights that half precision can hold, "
            "from -65504 to 65504, received others."
        )
    return tf.Variable(values, trainable=False, name=variable.name)


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
