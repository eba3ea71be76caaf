"""What every layer of the package has to keep, checked in one call."""

import inspect
import json
import pathlib
import re
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tests.golden import assert_close

MIXED_POLICIES = {"mixed_bfloat16": 0.05, "mixed_float16": 0.01}


def required_config(cls):
    """The names that `cls.get_config` has to hold: those of `__init__`.

    A constructor with `**kwargs` also takes the names of its parents. What
    Keras' own layers leave out is not asked for.
    """
    names = []
    for parent in cls.__mro__:
        keras_layer = parent.__module__.startswith("keras.")
        if keras_layer and parent is not keras.layers.Layer:
            continue
        if "__init__" not in vars(parent):
            continue
        inherited = parent.__module__.startswith("keras.")
        if inherited and parent is not keras.layers.Layer:
            # Keras answers for the layers of its own.
            continue
        parameters = inspect.signature(parent.__init__).parameters.values()
        names += [
            parameter.name
            for parameter in parameters
            if parameter.kind
            in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
            and parameter.name not in ("self", "autocast")
        ]
        takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters)
        if not takes_more or parent is keras.layers.Layer:
            break
    # Keras itself drops the regularizer of a layer that has none.
    return [name for name in names if name != "activity_regularizer"]


def assert_config_complete(layer):
    """Asserts that each constructor argument is in the configuration."""
    config = layer.get_config()
    missing = [n for n in required_config(type(layer)) if n not in config]
    name = type(layer).__name__
    assert not missing, f"{name}.get_config lacks {missing}"
    own = inspect.signature(type(layer).__init__).parameters.values()
    unkept = [
        p.name
        for p in own
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        and p.name != "self"
        and not hasattr(layer, p.name)
    ]
    assert not unkept, f"{name} does not keep {unkept} as attributes"


def assert_config_round_trip(layer):
    """Asserts that JSON gives back a layer of the same configuration."""
    registered = keras.saving.get_registered_name(type(layer))
    assert registered == f"tfragan>{type(layer).__name__}"
    serialized = keras.saving.serialize_keras_object(layer)
    text = json.dumps(serialized)
    revived = keras.saving.deserialize_keras_object(json.loads(text))
    assert type(revived) is type(layer)
    assert revived.name == layer.name
    again = keras.saving.serialize_keras_object(revived)
    assert json.dumps(again) == text


class LayerInputs:
    """The inputs of one layer call: arrays by position or by keyword.

    Args:
        data: one array, a list of arrays (positional), or a dict from
            argument names to arrays.
    """

    def __init__(self, data):
        if not isinstance(data, list | tuple | dict):
            data = [data]
        self.structure = data
        leaves = data.values() if isinstance(data, dict) else data
        self.arrays = [np.asarray(leaf) for leaf in leaves]

    @classmethod
    def random(cls, shapes, seed=0):
        """Standard normal float32 inputs of the given shape or shapes."""
        draw = np.random.default_rng(seed).standard_normal
        if isinstance(shapes, dict):
            data = {k: draw(s).astype("float32") for k, s in shapes.items()}
        elif isinstance(shapes, list):
            data = [draw(s).astype("float32") for s in shapes]
        else:
            data = draw(shapes).astype("float32")
        return cls(data)

    def call(self, layer, tensors=None, **kwargs):
        """Calls the layer on `tensors` (one for each array)."""
        if tensors is None:
            tensors = [tf.constant(array) for array in self.arrays]
        if isinstance(self.structure, dict):
            named = dict(zip(self.structure, tensors, strict=True))
            return layer(**named, **kwargs)
        return layer(*tensors, **kwargs)

    def symbolic(self):
        """One `keras.Input` of unknown batch size for each array."""
        return [
            keras.Input(array.shape[1:], dtype=array.dtype.name, name=f"in{i}")
            for i, array in enumerate(self.arrays)
        ]

    def part(self, start, stop):
        """The same inputs for samples `start` to `stop`."""
        arrays = [array[start:stop] for array in self.arrays]
        if isinstance(self.structure, dict):
            return LayerInputs(dict(zip(self.structure, arrays, strict=True)))
        return LayerInputs(arrays)


def takes_training(layer):
    return "training" in inspect.signature(layer.call).parameters


def weighted_sum(outputs, seed=7):
    """A scalar that depends on every number of all float outputs."""
    total = 0.0
    for i, output in enumerate(tf.nest.flatten(outputs)):
        if not output.dtype.is_floating:
            continue
        weights = tf.random.stateless_normal(
            tf.shape(output), (seed, i), dtype=tf.float32, alg="philox"
        )
        total += tf.reduce_sum(tf.cast(output, tf.float32) * weights)
    return total


def relative_paths(layer):
    """Weight paths below the layer's own name."""
    return [w.path.split(layer.name, 1)[-1] for w in layer.weights]


class LayerContract:
    """The part of `TestCase` that is about layers."""

    def run_layer_test(
        self,
        cls,
        init_kwargs,
        *,
        input_shapes=None,
        input_data=None,
        expected_output_shape,
        expected_trainable_weights,
        expected_non_trainable_weights=0,
        mixed_policies=MIXED_POLICIES,
        without_gradient=(),
        float32_outputs=(),
        apart=(),
    ):
        """Checks the contract of a layer.

        Args:
            cls: the layer's class.
            init_kwargs: constructor arguments; or a function from a dtype
                policy to them, for a class that takes no policy itself.
            input_shapes: shape, list or dict of shapes of normal inputs; or
            input_data: arrays in the same structures.
            expected_output_shape: the shape, or a tuple or list of shapes.
            expected_trainable_weights: how many there are.
            expected_non_trainable_weights: how many there are.
            mixed_policies: dict from policy to the relative error that the
                outputs may have against float32.
            without_gradient: names of trainable weights whose gradient is
                zero for these inputs by construction.
            float32_outputs: indices of the outputs that are float32 under
                every policy.
            apart: names of sublayers that `call` leaves out, so that their
                weights have no gradient here.

        Returns:
            The layer, called once on the inputs.
        """
        if input_data is None:
            inputs = LayerInputs.random(input_shapes)
        else:
            inputs = LayerInputs(input_data)

        def make(policy="float32", name="tested"):
            if callable(init_kwargs):
                kwargs = init_kwargs(policy)
            else:
                kwargs = {**init_kwargs, "dtype": policy}
            return cls(**kwargs, name=name)

        # Building takes longest: one is for all that needs a second layer.
        layer, twin = make(), make()
        _check_build(twin, inputs)
        assert_config_complete(layer)
        assert_config_round_trip(layer)
        self._check_outputs(layer, inputs, expected_output_shape)
        assert len(layer.trainable_weights) == expected_trainable_weights
        assert (
            len(layer.non_trainable_weights) == expected_non_trainable_weights
        )
        self._check_names(layer, twin, inputs)
        self._check_training(layer, inputs, expected_output_shape)
        self._check_gradients(twin, inputs, without_gradient, apart)
        self._check_saving(layer, twin, inputs)
        for policy, tolerance in mixed_policies.items():
            mixed = self._check_mixed(layer, make, inputs, policy, tolerance)
            names = [weight.name for weight in mixed.weights]
            self._check_gradients(mixed, inputs, names, apart)
            for i, output in enumerate(tf.nest.flatten(inputs.call(mixed))):
                dtype = keras.DTypePolicy(policy).compute_dtype
                expected = "float32" if i in float32_outputs else dtype
                assert output.dtype == expected, f"{policy}: output {i}"
        return layer

    def _check_outputs(self, layer, inputs, expected):
        outputs = inputs.call(layer)
        assert _shapes(outputs) == _as_shapes(expected)
        for array in tf.nest.flatten(outputs):
            assert np.isfinite(array.numpy()).all()

    def _check_names(self, layer, twin, inputs):
        for weight in layer.weights:
            assert not re.fullmatch(r"variable(_\d+)?", weight.name), (
                f"{type(layer).__name__} has a weight without a name: "
                f"{weight.path}"
            )
        paths = relative_paths(layer)
        assert len(set(paths)) == len(paths), f"names repeat: {paths}"
        # Automatic names count what the process has made before.
        inputs.call(twin)
        assert relative_paths(twin) == paths, "a sublayer has no name"

    def _check_training(self, layer, inputs, expected):
        if not takes_training(layer):
            return
        for training in (True, False):
            outputs = inputs.call(layer, training=training)
            assert _shapes(outputs) == _as_shapes(expected)

    def _check_gradients(self, layer, inputs, without_gradient, apart):
        kwargs = {"training": True} if takes_training(layer) else {}
        inputs.call(layer)
        with tf.GradientTape() as tape:
            loss = weighted_sum(inputs.call(layer, **kwargs))
        weights = [
            weight
            for weight in layer.trainable_weights
            if not set(weight.path.split("/")) & set(apart)
        ]
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        for weight, gradient in zip(weights, gradients, strict=True):
            assert gradient is not None, f"no gradient for {weight.path}"
            gradient = tf.convert_to_tensor(gradient).numpy()
            assert np.isfinite(gradient).all(), weight.path
            if weight.name not in without_gradient:
                assert np.abs(gradient).max() > 0, weight.path

    def _check_saving(self, layer, twin, inputs):
        kwargs = {"training": False} if takes_training(layer) else {}
        expected = inputs.call(layer, **kwargs)
        symbolic = inputs.symbolic()
        model = keras.Model(symbolic, inputs.call(layer, symbolic))
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.keras"
            model.save(path)
            loaded = keras.saving.load_model(path)
            weights = pathlib.Path(folder) / "model.weights.h5"
            model.save_weights(weights)
            symbolic = inputs.symbolic()
            other = keras.Model(symbolic, inputs.call(twin, symbolic))
            other.load_weights(weights)
        # In a graph, where the batch size is unknown.
        graph = tf.function(lambda *a: loaded(list(a), training=False))
        _assert_all_close(graph(*inputs.arrays), expected, 1e-5)
        again = other([tf.constant(a) for a in inputs.arrays], training=False)
        _assert_all_close(again, expected, 1e-5)

    def _check_mixed(self, layer, make, inputs, policy, tolerance):
        mixed = make(policy)
        inputs.call(mixed)
        mixed.set_weights(layer.get_weights())
        compute_dtype = keras.DTypePolicy(policy).compute_dtype
        for leaf in _leaf_layers(mixed):
            assert leaf.compute_dtype == compute_dtype, (
                f"{leaf.path} computes in {leaf.compute_dtype}"
            )
        for weight in mixed.weights:
            assert weight.dtype in ("float32", "int64"), weight.path
        actual = inputs.call(mixed)
        _assert_all_close(actual, inputs.call(layer), tolerance)
        return mixed


def _check_build(layer, inputs):
    """`fit` under a strategy refuses a layer with a part that is not built."""
    shapes = [array.shape for array in inputs.arrays]
    if isinstance(layer, keras.Model):
        layer.build()
    elif isinstance(inputs.structure, dict):
        names = (f"{name}_shape" for name in inputs.structure)
        known = inspect.signature(layer.build).parameters
        pairs = zip(names, shapes, strict=True)
        layer.build(**{k: shape for k, shape in pairs if k in known})
    else:
        layer.build(*shapes)
    parts = layer._flatten_layers()
    unbuilt = [part.name for part in parts if not part.built]
    assert not unbuilt, f"{layer.name}.build leaves {unbuilt} unbuilt"


def _as_shapes(shape):
    if isinstance(shape, dict):
        return [tuple(s) for s in shape.values()]
    if shape and isinstance(shape[0], tuple | list):
        return [tuple(s) for s in shape]
    return [tuple(shape)]


def _shapes(outputs):
    return [tuple(output.shape) for output in tf.nest.flatten(outputs)]


def _leaf_layers(layer):
    below = list(layer._flatten_layers(include_self=False, recursive=False))
    if not below:
        return [layer]
    return [leaf for sublayer in below for leaf in _leaf_layers(sublayer)]


def _assert_all_close(actual, expected, tolerance):
    actual, expected = tf.nest.flatten(actual), tf.nest.flatten(expected)
    for one, other in zip(actual, expected, strict=True):
        one = tf.cast(one, tf.float64).numpy()
        other = tf.cast(other, tf.float64).numpy()
        assert_close(one, other, tolerance)
