"""Every signature of an export is a layer of Keras models."""

import functools
import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

_PHOTO = io.BytesIO()
Image.new("RGB", (40, 32), (200, 30, 30)).save(_PHOTO, "PNG")
_VALUES = {
    "caption": tf.constant(["a red bird", "a blue fish"]),
    "seed": tf.constant([0, 1]),
    "size": tf.constant([16, 16]),
    "truncation": tf.constant([0.5, 1.0]),
    "image_bytes": tf.constant([_PHOTO.getvalue()] * 2),
}


def _requests(path):
    """Names of signatures, and a request to each."""
    for name, signature in tf.saved_model.load(path).signatures.items():
        _, specs = signature.structured_input_signature
        yield (
            name,
            {
                key: _VALUES[key]
                if key in _VALUES
                else tf.fill((2, *spec.shape[1:]), tf.cast(7, spec.dtype))
                for key, spec in specs.items()
            },
        )


@pytest.mark.parametrize("which", ["exported", "translator"])
def test_every_signature_is_a_layer_of_a_model(
    which, request, tmp_path, monkeypatch
):
    # Each layer loads all of the SavedModel.
    load = functools.cache(tf.saved_model.load)
    monkeypatch.setattr(tf.saved_model, "load", load)
    path = str(request.getfixturevalue(which).path)
    requests = dict(_requests(path))
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
