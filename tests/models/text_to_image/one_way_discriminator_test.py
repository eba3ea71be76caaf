import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.text_to_image import published_networks as published
from tests.published import load_all
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.convert import one_stage_weights
from tfragan.convert.weight_map import load_state_dict
from tfragan.losses import matching_aware_penalty
from tfragan.models import OneWayDiscriminator
from tfragan.models.text_to_image.one_way_discriminator import DownBlock
from tfragan.models.text_to_image.one_way_discriminator import OneWayHead


class TestOneWayDiscriminator(TestCase):
    @pytest.mark.parametrize(
        ("filters", "start", "weights"),
        [(3, "published", 3), (5, "published", 5), (5, "he", 5)],
    )
    def test_contract_of_the_block(self, filters, start, weights):
        self.run_layer_test(
            DownBlock,
            {"filters": filters, "start": start},
            input_shapes=(2, 4, 6, 3),
            expected_output_shape=(2, 2, 3, filters),
            expected_trainable_weights=weights,
            # The published residual starts at zero.
            without_gradient=("kernel",) if start == "published" else (),
        )

    def test_contract_of_the_head(self):
        self.run_layer_test(
            OneWayHead,
            {"filters": 3},
            input_shapes={
                "features": (2, 4, 4, 5),
                "sentence_embedding": (2, 6),
            },
            expected_output_shape=(2,),
            expected_trainable_weights=2,
            float32_outputs=(0,),
        )

    @pytest.mark.parametrize("size", [64, 128, 256])
    def test_features_are_4_by_4(self, size):
        discriminator = OneWayDiscriminator(size, 6, 2)
        features = discriminator(tf.zeros((1, size, size, 3)))
        assert features.shape == (1, 4, 4, 32)
        assert discriminator.head(features, tf.zeros((1, 6))).shape == (1,)

    @pytest.mark.parametrize(
        ("options", "count"),
        [
            # The idle shortcuts of the published blocks are left out.
            ({}, 80_379_526 - 2_099_200),
            ({"width": 32}, 20_170_566 - 2 * (512 * 512 + 512)),
            (
                {"width": 32, "widest": 8},
                6_619_206 + 295_936 - 3 * (256 * 256 + 256),
            ),
        ],
    )
    def test_published_sizes_have_the_published_number_of_weights(
        self, options, count
    ):
        discriminator = OneWayDiscriminator(**options)
        discriminator.build()
        assert discriminator.count_params() == count


@pytest.mark.parametrize(
    ("start", "low", "high"), [("published", 0.0, 0.2), ("he", 0.5, 8.0)]
)
def test_features_start_small_as_published_and_large_by_he(start, low, high):
    keras.utils.set_random_seed(0)
    images = np.random.default_rng(0).normal(size=(8, 64, 64, 3))
    features = OneWayDiscriminator(64, 6, 8, start=start)(images)
    assert low < np.std(features) < high


def test_a_start_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="start must be one of .*'warm'"):
        OneWayDiscriminator(64, 6, 2, start="warm").build()


def _penalty(discriminator, images, sentence):
    with tf.GradientTape() as tape:
        tape.watch([images, sentence])
        scores = discriminator.head(discriminator(images), sentence)
    slopes = tape.gradient(scores, [images, sentence])
    return scores, slopes, tf.reduce_mean(matching_aware_penalty(slopes))


def test_the_penalty_has_the_gradient_of_finite_differences():
    draw = np.random.default_rng(3).standard_normal
    discriminator = OneWayDiscriminator(32, 3, 2, dtype="float64")
    discriminator.build()
    for block in discriminator.blocks:
        block.residual_scale.assign(0.7)
    images = tf.constant(draw((2, 32, 32, 3)))
    sentence = tf.constant(draw((2, 3)))
    weights = discriminator.trainable_variables
    with tf.GradientTape() as tape:
        _, _, penalty = _penalty(discriminator, images, sentence)
    gradients = tape.gradient(
        penalty,
        [weight.value for weight in weights],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    step = 1e-6
    for weight, gradient in zip(weights, gradients, strict=True):
        direction = draw(weight.shape)
        start = weight.numpy()
        values = []
        for sign in (1, -1):
            weight.assign(start + sign * step * direction)
            values.append(float(_penalty(discriminator, images, sentence)[2]))
        weight.assign(start)
        expected = (values[0] - values[1]) / (2 * step)
        found = float(np.sum(gradient.numpy() * direction))
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-9), weight.path


@pytest.mark.golden
@pytest.mark.parametrize("model", ["ssagan", "dfgan"])
@pytest.mark.parametrize("kind", ["same", "change"])
def test_ssagan_discriminator_block_equals_the_published_one(model, kind):
    arrays = published.load_fixture(f"{model}_dblock_{kind}")
    x = published.tensor(arrays, "x")
    block = DownBlock(len(arrays["param/conv_r.0.weight"]))
    block.build(x.shape)
    entries = one_stage_weights.down_block_entries(block, "")
    report = load_state_dict(entries, group(arrays, "param"))
    assert all(name.startswith("conv_s") for name in report.unused)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = block(x)
        total = weighted_sum([y], [published.tensor(arrays, "cotangent")])
    published.assert_within(nchw(y), arrays["out/y"], 1e-4, 1e-6)
    published.assert_published_gradients(
        published.gradients_with_inputs(entries, tape, total, {"x": x}),
        group(arrays, "grad"),
        published.MODULE,
    )


@pytest.mark.golden
def test_ssagan_head_equals_the_published_one():
    arrays = published.load_fixture("ssagan_cond_head")
    features, sentence = (
        published.tensor(arrays, name) for name in ("features", "sent")
    )
    head = OneWayHead(len(arrays["param/joint_conv.0.weight"]))
    head.build(features.shape, sentence.shape)
    entries = one_stage_weights.head_entries(head, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([features, sentence])
        scores = head(features, sentence)
        total = weighted_sum(
            [scores], [arrays["in/cotangent"].reshape(-1).astype("float32")]
        )
    published.assert_within(
        scores, arrays["out/logits"].reshape(-1), 1e-4, 1e-6
    )
    published.assert_published_gradients(
        published.gradients_with_inputs(
            entries, tape, total, {"features": features, "sent": sentence}
        ),
        group(arrays, "grad"),
        published.MODULE,
    )


def _assert_discriminator_as_published(fixture, make, wrong_name, wrong_pairs):
    """Compares features, both kinds of scores, and all gradients."""
    arrays = published.load_fixture(fixture)
    images, sentence = (
        published.tensor(arrays, name) for name in ("imgs", "sent")
    )
    judge, entries = make(group(arrays, "param"), images.shape[1])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([images, sentence])
        features = judge(images)
        outputs = {
            "logits": judge.head(features, sentence),
            wrong_name: judge.head(*wrong_pairs(features, sentence)),
        }
        cotangents = [arrays["in/cotangent"], arrays["in/cotangent_mis"]]
        total = weighted_sum(
            list(outputs.values()), [one.reshape(-1) for one in cotangents]
        )
    published.assert_within(
        nchw(features), arrays["out/features"], 1e-4, 1e-6, "features"
    )
    for name, scores in outputs.items():
        expected = arrays[f"out/{name}"].reshape(-1)
        published.assert_within(scores, expected, 1e-4, 1e-6, name)
    found = published.gradients_with_inputs(
        entries, tape, total, {"imgs": images, "sent": sentence}
    )
    found["imgs_sub"] = found["imgs"][:, :, 3::8, 5::8]
    published.assert_published_gradients(
        found, _with_dots(group(arrays, "grad")), published.NETWORK
    )


@pytest.mark.golden
def test_ssagan_discriminator_equals_the_published_one():
    _assert_discriminator_as_published(
        "ssagan_discriminator",
        published.ssagan_discriminator,
        "logits_mismatch",
        lambda features, sentence: (features[:-1], sentence[1:]),
    )


@pytest.mark.golden
def test_dfgan_discriminator_of_the_ssagan_fixtures_is_equal():
    _assert_discriminator_as_published(
        "dfgan_discriminator",
        published.dfgan_discriminator,
        "logits_mis",
        lambda features, sentence: (tf.roll(features, -1, 0), sentence),
    )


def _with_dots(gradients):
    """Names of the networks as our entries have them."""
    return {
        name.replace("/", ".", 1) if name.startswith("net") else name: value
        for name, value in gradients.items()
    }


@pytest.mark.golden
@pytest.mark.parametrize("model", ["ssagan", "dfgan"])
def test_ssagan_penalty_and_its_gradients_equal_the_published_ones(model):
    arrays = published.load_fixture(f"{model}_magp")
    images, sentence = (
        published.tensor(arrays, name) for name in ("imgs", "sent")
    )
    make = getattr(published, f"{model}_discriminator")
    judge, entries = make(group(arrays, "param"), images.shape[1])
    weights = [entry.variable for entry in entries]
    with tf.GradientTape() as tape:
        scores, slopes, penalty = _penalty(judge, images, sentence)
        loss = 2.0 * penalty
    gradients = tape.gradient(
        loss,
        [weight.value for weight in weights],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    published.assert_within(
        scores, arrays["out/logits"].reshape(-1), 1e-4, 1e-6
    )
    norms = matching_aware_penalty(slopes, power=2) ** 0.5
    published.assert_within(norms, arrays["out/grad_l2norm"], 1e-4, 1e-6)
    with_weight = model == "dfgan"
    published.assert_within(
        loss if with_weight else penalty, arrays["out/d_loss_gp"], 1e-4, 0.0
    )
    published.assert_within(slopes[1], arrays["out/grad_sent"], 1e-4, 1e-6)
    for name, part in {
        "grad_imgs": slice(None),
        "grad_imgs_sub": (..., slice(3, None, 8), slice(5, None, 8)),
    }.items():
        if f"out/{name}" in arrays:
            slope = nchw(slopes[0])[part]
            published.assert_within(slope, arrays[f"out/{name}"], 1e-4, 1e-6)
    found = {}
    for entry, gradient in zip(entries, gradients, strict=True):
        found.update(entry.to_published(gradient.numpy()))
    zeros = published.zero_gradients(arrays)
    zeros = {name.replace("/", ".", 1) for name in zeros}
    published.assert_published_gradients(
        found, _with_dots(group(arrays, "grad")), published.PENALTY, zeros
    )
    for name in zeros:
        np.testing.assert_array_equal(found[name], 0.0, name)


@pytest.mark.golden
def test_pooling_before_the_shortcut_equals_ssagan_pooling_after_it():
    arrays = published.load_fixture("ssagan_dblock_change")
    x = nhwc(arrays["in/x"])
    kernel = np.transpose(arrays["param/conv_s.weight"], (2, 3, 1, 0))
    bias = arrays["param/conv_s.bias"]
    after = _pooled(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
    before = tf.nn.conv2d(_pooled(x), kernel, 1, "SAME") + bias
    np.testing.assert_allclose(before, after, atol=1e-6)


def _pooled(images):
    return tf.nn.avg_pool2d(images, 2, 2, "VALID")
