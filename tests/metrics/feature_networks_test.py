"""The Inception graph of 2015, classifiers, and resizes by name."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.random_networks import inception_of_2015
from tfragan import metrics


def _images(count=2, height=40, width=52, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def tensors():
    return inception_of_2015()


@pytest.fixture(scope="module")
def file_of_2015(tensors, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "inception_2015.npz"
    np.savez(path, **tensors)
    return path


@pytest.fixture(scope="module")
def network(file_of_2015):
    return metrics.image_features("inception_v3_2015", file_of_2015)


def test_the_graph_of_2015_gives_features_and_logits_in_one_pass(
    network, tensors
):
    images = _images(3)
    outputs = network.outputs(
        images, ("features", "logits", "unbiased_logits"), batch_size=2
    )
    features = outputs["features"]
    assert features.shape == (3, network.dim) == (3, 2048)
    assert outputs["logits"].shape == (3, network.classes) == (3, 1008)
    np.testing.assert_array_equal(features, network(images, batch_size=2))
    expected = features @ tensors["fc.weight"].T
    assert_close(outputs["unbiased_logits"], expected, 1e-5)
    assert_close(outputs["logits"], expected + tensors["fc.bias"], 1e-5)
    assert list(network.outputs(images[:0])) == ["features", "logits"]


def test_the_graph_of_2015_has_its_own_pools_scale_and_resize(network):
    images = _images(2, 299, 299)
    trunk = network._network.trunk
    assert not trunk.pool_counts_padding
    taps = trunk((tf.cast(images, tf.float32) - 128.0) / 128.0)
    expected = tf.reduce_mean(taps["Mixed_7c"], (1, 2))
    assert_close(network(images), expected, 1e-5)
    # The branch of the last block's pool, by hand.
    pooled = keras.layers.MaxPooling2D(3, 1, "same")(taps["Mixed_7b"])
    branch = trunk.convolutions["Mixed_7c.branch_pool"](pooled)
    assert_close(taps["Mixed_7c"][..., -192:], branch, 1e-6)
    assert network.protocol()["resize"] == "antialiased_bicubic to 299 x 299"


def test_the_resize_is_part_of_the_protocol(network, file_of_2015):
    images = _images(1, 350, 200)
    legacy = metrics.image_features(
        "inception_v3_2015", file_of_2015, "legacy_tensorflow"
    )
    assert np.abs(legacy(images) - network(images)).max() > 1e-3
    protocol, of_network = legacy.protocol(), network.protocol()
    assert protocol.pop("resize") == "legacy_tensorflow to 299 x 299"
    assert of_network.pop("resize") == "antialiased_bicubic to 299 x 299"
    assert protocol == of_network
    with pytest.raises(ValueError, match="resize='nearest'"):
        metrics.image_features("inception_v3_2015", file_of_2015, "nearest")


def test_other_files_are_no_graph_of_2015(tmp_path):
    path = tmp_path / "weights.npz"
    with pytest.raises(FileNotFoundError, match="mseitzer/pytorch-fid.*pth"):
        metrics.image_features("inception_v3_2015")
    with pytest.raises(FileNotFoundError, match="weights.npz.*torch-fidelity"):
        metrics.image_features("inception_v3_2015", path)
    np.savez(path, **{"fc.weight": np.zeros((1000, 4))})
    with pytest.raises(ValueError, match="1008 classes, received 1000"):
        metrics.image_features("inception_v3_2015", path)


def test_keras_weights_give_logits_where_they_have_a_classifier(tmp_path):
    keras.utils.set_random_seed(4)
    source = keras.applications.InceptionV3(weights=None)
    path = tmp_path / "whole.weights.h5"
    source.save_weights(path)
    network = metrics.image_features("inception_v3", path)
    images = _images(2, 299, 299)
    outputs = network.outputs(images)
    probabilities = metrics.class_probabilities(outputs["logits"])
    prepared = keras.applications.inception_v3.preprocess_input(
        images.astype(np.float32)
    )
    assert network.classes == 1000
    assert_close(probabilities, source(prepared), 1e-4)
    bare = keras.Model(source.input, source.layers[-3].output)
    path = tmp_path / "notop.weights.h5"
    bare.save_weights(path)
    network = metrics.image_features("inception_v3", path)
    assert_close(network(images), outputs["features"], 1e-5)
    with pytest.raises(ValueError, match="notop.weights.h5 has no classifier"):
        network.outputs(images)


def test_unknown_outputs_are_refused(network):
    with pytest.raises(ValueError, match="names="):
        network.outputs(_images(1), ("features", "classes"))
