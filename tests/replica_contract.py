"""Two replicas have to do what one device does on the same global batch."""

import numpy as np
import tensorflow as tf

from tests.golden import assert_close
from tests.layer_contract import LayerInputs
from tests.layer_contract import takes_training


def replica_values(mirrored, variable):
    """The copies of a Keras variable, one numpy array for each replica."""
    copies = mirrored.experimental_local_results(variable.value)
    return [copy.numpy() for copy in copies]


def assert_replicas_agree(mirrored, variables, tolerance=0.0):
    """Asserts that each variable holds the same numbers on all replicas."""
    for variable in variables:
        first, *others = replica_values(mirrored, variable)
        for other in others:
            assert_close(other, first, tolerance, variable.path)


class ReplicaContract:
    """The part of `TestCase` that is about layers on several replicas."""

    def run_layer_replica_test(
        self, make_layer, input_data, mirrored, *, split=None, tolerance=1e-5
    ):
        """Checks that two replicas do in training what one device does.

        Outputs, gradients of the inputs, gradients of the weights summed over
        the replicas and the non-trainable weights after the step are
        compared, the last on each replica.

        Args:
            make_layer: function without arguments to a new layer.
            input_data: arrays as for `run_layer_test`.
            mirrored: the strategy of two replicas.
            split: samples of replica 0; half of them by default.
            tolerance: relative to the largest number of each array.

        Returns:
            The layer of the one device and that of the two replicas.
        """
        inputs = LayerInputs(input_data)
        size = len(inputs.arrays[0])
        split = size // 2 if split is None else split
        single = make_layer()
        cotangents = _cotangents(inputs.call(single))
        with mirrored.scope():
            double = make_layer()
            inputs.call(double)
        double.set_weights(single.get_weights())

        expected = _step(single, inputs, inputs.arrays, cotangents)
        arguments = _split(mirrored, split, inputs.arrays, cotangents)
        # Eagerly: to trace a graph for each layer takes several times as
        # long, and models are compared in a graph.
        *per_sample, gradients = mirrored.run(
            lambda *args: _step(double, inputs, *args), args=arguments
        )

        for name, got, wanted in zip(
            ("output", "gradient of the input"),
            per_sample,
            expected,
            strict=False,
        ):
            for one, other in zip(got, wanted, strict=True):
                parts = mirrored.experimental_local_results(one)
                assert_close(np.concatenate(parts), other, tolerance, name)
        for gradient, other, weight in zip(
            gradients, expected[-1], single.trainable_weights, strict=True
        ):
            total = sum(mirrored.experimental_local_results(gradient))
            assert_close(total, other, tolerance, f"gradient {weight.path}")
        for weight, other in zip(double.weights, single.weights, strict=True):
            for copy in replica_values(mirrored, weight):
                assert_close(copy, other.numpy(), tolerance, weight.path)
        return single, double


def _cotangents(outputs):
    draw = np.random.default_rng(5).standard_normal
    return [
        draw(tuple(output.shape)).astype(output.dtype.as_numpy_dtype)
        for output in tf.nest.flatten(outputs)
    ]


def _step(layer, inputs, arrays, cotangents):
    kwargs = {"training": True} if takes_training(layer) else {}
    tensors = [tf.convert_to_tensor(array) for array in arrays]
    floats = [tensor for tensor in tensors if tensor.dtype.is_floating]
    with tf.GradientTape() as tape:
        tape.watch(floats)
        outputs = inputs.call(layer, tensors, **kwargs)
        outputs = tf.nest.flatten(outputs)
        loss = sum(
            tf.reduce_sum(output * cotangent)
            for output, cotangent in zip(outputs, cotangents, strict=True)
        )
    weights = [weight.value for weight in layer.trainable_weights]
    by_input, by_weight = tape.gradient(loss, [floats, weights])
    return outputs, by_input, by_weight


def _split(mirrored, split, *structures):
    def value(context):
        first = context.replica_id_in_sync_group == 0
        part = slice(0, split) if first else slice(split, None)
        return tuple(
            [tf.constant(array[part]) for array in arrays]
            for arrays in structures
        )

    return mirrored.experimental_distribute_values_from_function(value)
