"""Every signature of an export is a layer of Keras models."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfragan
from benchmarks.hostile_requests import families
from benchmarks.hostile_requests import good_request

_FAMILIES = families()
# Of which other tests have an export.
_EXPORTED = {"attngan": "exported", "ugatit": "translator"}
_QUICK = "attngan"


@pytest.fixture
def path(request, tmp_path):
    """The folder of an exported version of a family."""
    if request.param in _EXPORTED:
        return str(request.getfixturevalue(_EXPORTED[request.param]).path)
    model = _FAMILIES[request.param]()
    return str(tfragan.export.saved_model(model, tmp_path / "served"))


def _requests(path):
    """Dict of the signatures' names to a request of two rows to each."""
    return {
        name: good_request(
            {
                key: spec.shape.as_list()
                for key, spec in function.structured_input_signature[1].items()
            },
            rows=2,
        )
        for name, function in tf.saved_model.load(path).signatures.items()
    }


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(family, marks=[pytest.mark.slow] * (family != _QUICK))
        for family in sorted(_FAMILIES)
    ],
    indirect=True,
)
def test_every_signature_is_a_layer_of_a_model(path, tmp_path):
    requests = tf.nest.map_structure(tf.constant, _requests(path))
    inputs, outputs = {}, {}
    for name, values in requests.items():
        layer = keras.layers.TFSMLayer(path, call_endpoint=name)
        inputs[name] = {
            key: keras.Input(value.shape[1:], dtype=value.dtype.name)
            for key, value in values.items()
        }
        outputs[name] = layer(inputs[name])
    model = keras.Model(inputs, outputs)

    file = tmp_path / "model.keras"
    model.save(file)
    loaded = keras.saving.load_model(file, safe_mode=False)

    expected = tf.nest.flatten(model(requests))
    for one, other in zip(
        tf.nest.flatten(loaded(requests)), expected, strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_signature_of_one_input_takes_it_bare(translator):
    size = translator.model.image_size
    images = tf.zeros((2, size, size, 3), tf.uint8)
    layer = keras.layers.TFSMLayer(str(translator.path), call_endpoint="images")

    for name, values in layer({"images": images}).items():
        np.testing.assert_array_equal(layer(images)[name], values)
