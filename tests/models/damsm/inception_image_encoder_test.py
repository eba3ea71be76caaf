"""The published image encoder, number by number."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.layer_contract import assert_config_complete
from tests.layer_contract import assert_config_round_trip
from tests.models.damsm.generated_parameters import generated_parameters
from tests.published import load_all
from tests.published import published_gradients
from tests.published import published_values
from tests.published import weighted_sum
from tfragan.convert.image_encoder_weights import entries
from tfragan.convert.image_encoder_weights import head_entries
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder


@pytest.fixture(scope="module")
def full():
    return load("attngan", "cnn_encoder_full")


@pytest.fixture(scope="module")
def encoder(full):
    """The encoder of the fixture; tests restore what they change."""
    width = full["in/cot_cnn_code"].shape[1]
    encoder = InceptionImageEncoder(width, name="encoder")
    encoder.build((None, None, None, 3))
    return encoder


@pytest.fixture(scope="module")
def parameters(full, encoder):
    parameters = generated_parameters(entries(encoder), str(full["in/salt"]))
    load_all(entries(encoder), parameters)
    return parameters


@pytest.fixture(scope="module")
def eval_pass(full, encoder):
    cotangents = [nhwc(full["in/cot_features"]), full["in/cot_cnn_code"]]

    @tf.function
    def run(resized):
        with tf.GradientTape() as tape:
            tape.watch(resized)
            taps = encoder.trunk(resized)
            outputs = encoder.project(taps["Mixed_6e"], taps["Mixed_7c"])
            score = weighted_sum(outputs, cotangents)
        return taps, outputs, tape.gradient(score, resized)

    return run


@pytest.fixture(scope="module")
def train_pass(encoder):
    @tf.function
    def run(resized):
        taps = encoder.trunk(resized, training=True)
        return taps, encoder.project(taps["Mixed_6e"], taps["Mixed_7c"])

    return run


def assert_taps(taps, expected, tolerance):
    """Compares mean, root mean square, maximum and a thinned sample."""
    for key, array in expected.items():
        block, kind = key.split("@")
        tap = nchw(taps[block]).astype(np.float64)
        if kind == "stat":
            stat = [tap.mean(), np.sqrt((tap**2).mean()), tap.max()]
            assert_close(stat, array, tolerance, key)
        else:
            _, channels, height, _ = tap.shape
            step = max(1, height // 4)
            thin = tap[:1, :: max(1, channels // 16), ::step, ::step]
            assert_close(thin, array, tolerance, key)
    assert len(expected) >= 16


@pytest.mark.golden
def test_attngan_parameters_of_the_rule_are_those_of_the_fixture(
    full, parameters
):
    names = full["param_check/names"]
    assert set(names) == set(parameters)
    assert len(names) == 473
    for name, total, norm, first in zip(
        names,
        full["param_check/sum"],
        full["param_check/l2"],
        full["param_check/first"],
        strict=True,
    ):
        array = parameters[name].astype(np.float64)
        assert array.flat[0] == first
        assert np.linalg.norm(array) == pytest.approx(norm, rel=1e-9)
        assert array.sum() == pytest.approx(total, rel=1e-6, abs=1e-4)


@pytest.mark.golden
@pytest.mark.parametrize("corners", ["ac0", "ac1"])
def test_attngan_cnn_encoder_full_with_moving_statistics(
    full, parameters, encoder, eval_pass, corners
):
    images = tf.constant(nhwc(full["in/images"]))
    with tf.GradientTape() as tape:
        tape.watch(images)
        resized = bilinear_resize(images, (299, 299), corners == "ac1")
    taps, outputs, resized_gradient = eval_pass(resized)
    gradient = nchw(tape.gradient(resized, images, resized_gradient))

    expected = group(full, f"out/{corners}/eval")
    assert_close(
        nchw(resized)[..., ::13, ::13], expected["resized@sub13"], 2e-5
    )
    assert_close(nchw(outputs[0]), expected["features"], 5e-5, "features")
    assert_close(outputs[1], expected["cnn_code"], 5e-5, "cnn_code")
    assert_taps(taps, group(expected, "tap"), 5e-5)

    gradients = group(full, f"grad/{corners}/eval")
    stored = gradients["in/images@sub8"]
    difference = gradient[..., ::8, ::8] - stored
    assert np.linalg.norm(difference) <= 0.03 * np.linalg.norm(stored)
    norm = np.linalg.norm(gradient.astype(np.float64))
    assert norm == pytest.approx(gradients["in/images@l2"], rel=0.03)

    # The layer's own call goes the same way.
    encoder.align_corners = corners == "ac1"
    for one, other in zip(encoder(images), outputs, strict=True):
        assert_close(one, other, 1e-5)


@pytest.mark.golden
@pytest.mark.parametrize("corners", ["ac0", "ac1"])
def test_attngan_cnn_encoder_full_with_batch_statistics(
    full, parameters, encoder, train_pass, corners
):
    load_all(entries(encoder), parameters)
    images = nhwc(full["in/images"])
    resized = bilinear_resize(images, (299, 299), corners == "ac1")
    taps, (regions, image) = train_pass(resized)
    values = published_values(entries(encoder))
    load_all(entries(encoder), parameters)

    expected = group(full, f"out/{corners}/train")
    assert_close(nchw(regions), expected["features"], 5e-3, "features")
    assert_close(image, expected["cnn_code"], 5e-3, "cnn_code")
    assert_taps(taps, group(expected, "tap"), 5e-3)
    if corners == "ac0":
        for name, array in group(full, "out/ac0/train/buffer").items():
            assert_close(values[name], array, 1e-4, name)


@pytest.mark.golden
def test_attngan_cnn_encoder_heads():
    arrays = load("attngan", "cnn_encoder_heads")
    width = arrays["out/cnn_code"].shape[1]
    encoder = InceptionImageEncoder(width, name="encoder")
    encoder.build_heads(
        arrays["in/mixed_6e"].shape[1], arrays["in/mixed_7c"].shape[1]
    )
    load_all(head_entries(encoder), group(arrays, "param"))
    taps = [
        tf.constant(nhwc(arrays[f"in/{name}"]))
        for name in ("mixed_6e", "mixed_7c")
    ]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(taps)
        outputs = encoder.project(*taps)
        score = weighted_sum(
            outputs,
            [nhwc(arrays["in/cot_features"]), arrays["in/cot_cnn_code"]],
        )
    assert_close(nchw(outputs[0]), arrays["out/features"], 1e-5)
    assert_close(outputs[1], arrays["out/cnn_code"], 1e-5)
    gradients = published_gradients(head_entries(encoder), tape, score)
    for name, gradient in gradients.items():
        assert_close(gradient, arrays[f"grad/{name}"], 5e-5, name)
    first, second = (nchw(gradient) for gradient in tape.gradient(score, taps))
    thinned = {
        "mixed_6e@sub": first[:, ::16, ::4, ::4],
        "mixed_6e@l2": np.linalg.norm(first),
        "mixed_7c@sub": second[:, ::16, 0, 0],
        "mixed_7c@l2": np.linalg.norm(second),
    }
    for name, gradient in thinned.items():
        assert_close(gradient, arrays[f"grad/in/{name}"], 5e-5, name)


def test_a_weights_file_of_keras_applications_gives_equal_taps(tmp_path):
    source = keras.applications.InceptionV3(weights=None, include_top=False)
    random = np.random.default_rng(0)
    for layer in source.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.beta.shape
            layer.beta.assign(random.normal(0, 0.1, shape))
            layer.moving_mean.assign(random.normal(0, 0.1, shape))
            layer.moving_variance.assign(random.uniform(0.5, 2, shape))
    path = tmp_path / "inception_v3_notop.weights.h5"
    source.save_weights(path)
    encoder = InceptionImageEncoder(8, weights=path, name="encoder")
    assert not encoder.pool_counts_padding
    assert not encoder.get_config()["pool_counts_padding"]

    outputs = [source.get_layer("mixed7").output, source.output]
    images = random.uniform(-1, 1, (1, 139, 139, 3)).astype("float32")
    expected = keras.Model(source.input, outputs)(images)
    taps = encoder.trunk(images)
    assert_close(taps["Mixed_6e"], expected[0], 1e-5)
    assert_close(taps["Mixed_7c"], expected[1], 1e-5)
    # Counting the padding is another network.
    encoder.trunk.pool_counts_padding = True
    other = encoder.trunk(images)["Mixed_7c"]
    assert np.abs(other - expected[1]).max() > 1e-3


@pytest.fixture(scope="module")
def small_input_encoder():
    return InceptionImageEncoder(8, input_size=75, name="encoder")


def test_only_the_heads_learn(small_input_encoder):
    encoder = small_input_encoder
    images = np.zeros((1, 75, 75, 3), "float32")
    regions, image = encoder(images)
    assert regions.shape == (1, 3, 3, 8)
    assert image.shape == (1, 8)
    names = sorted(weight.path for weight in encoder.trainable_weights)
    heads = [
        "encoder/image_projection/bias",
        "encoder/image_projection/kernel",
        "encoder/region_projection/kernel",
    ]
    assert names == heads
    encoder.trainable = False
    assert not encoder.trainable_weights
    encoder.trainable = True
    assert sorted(w.path for w in encoder.trainable_weights) == heads
    kernel = encoder.region_projection.kernel.numpy()
    assert 0.09 < np.abs(kernel).max() <= 0.1


def test_the_frozen_trunk_follows_the_batch_only_where_told(
    small_input_encoder,
):
    encoder = small_input_encoder
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (2, 75, 75, 3)).astype("float32")
    normalization = encoder.trunk.convolutions["Conv2d_1a_3x3"].normalization

    def mean_moves(training, trunk_batch_statistics):
        encoder.trunk_batch_statistics = trunk_batch_statistics
        before = normalization.moving_mean.numpy()
        encoder(images, training=training)
        return not np.array_equal(before, normalization.moving_mean.numpy())

    assert not mean_moves(False, True)
    assert not mean_moves(True, False)
    assert mean_moves(True, True)


def test_the_configuration_is_complete():
    encoder = InceptionImageEncoder(
        8,
        input_size=96,
        align_corners=True,
        pool_counts_padding=False,
        trunk_batch_statistics=False,
        name="encoder",
    )
    assert_config_complete(encoder)
    assert_config_round_trip(encoder)
    assert_config_complete(encoder.trunk)
    assert_config_round_trip(encoder.trunk)
    revived = InceptionImageEncoder.from_config(encoder.get_config())
    assert not revived.trunk.pool_counts_padding


def test_too_small_an_input_is_refused():
    with pytest.raises(ValueError, match="input_size=64"):
        InceptionImageEncoder(8, input_size=64)
