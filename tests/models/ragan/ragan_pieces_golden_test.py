"""What surrounds RAGAN's networks, against the published code."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.ragan.published_networks import LAYERS
from tests.published import load_all
from tests.published import scalar
from tfragan.convert.attngan_weights import text_encoder_entries
from tfragan.distribution import Replica
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.losses import absolute_error
from tfragan.losses import adversarial_losses
from tfragan.models import TextEncoder
from tfragan.models.ragan import ragan_losses
from tfragan.optimizers import Adam
from tfragan.optimizers import LinearDecay
from tfragan.visualization import attention_strip

pytestmark = pytest.mark.golden

_REPLICA = Replica(1, 0)


class _Alone:
    """A discriminator whose logits are its input, in one part or two."""

    def __call__(self, parts, training):
        return parts

    def unconditional(self, parts):
        return parts


def _loss(parts, kind, real):
    """The mean that a discriminator learns from, of logits by themselves."""
    losses = adversarial_losses(kind)
    if real:
        terms = ragan_losses.generator_terms(
            _Alone(), (losses, losses), [(parts, None)], _REPLICA
        )
        return terms["alone"][0]
    terms = ragan_losses.discriminator_terms(
        _Alone(), (losses, losses), parts, [(parts, None)], None, None, _REPLICA
    )
    return terms["alone"][0]


@pytest.mark.parametrize("real", [True, False])
@pytest.mark.parametrize(
    ("name", "kind"), [("lsgan", "lsgan"), ("dcgan", "gan")]
)
def test_ragan_adversarial_losses(name, kind, real):
    arrays = load("ragan", "losses")
    source = "logits" if kind == "lsgan" else "prob"
    values = [tf.constant(arrays[f"in/{source}_{part}"]) for part in "ab"]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(values)
        logits = values
        if kind == "gan":
            logits = [tf.math.log(p) - tf.math.log(1.0 - p) for p in values]
        one = _loss(logits[:1], kind, real)
        both = _loss(logits, kind, real)
    target = "real" if real else "fake"
    for key, found in (("", one), ("_list", both)):
        expected = scalar(arrays, f"out/{name}{key}_{target}")
        np.testing.assert_allclose(found, expected, **LAYERS)
    np.testing.assert_allclose(
        tape.gradient(one, values[0]),
        arrays[f"grad/{name}_{target}/{source}_a"],
        **LAYERS,
    )


def test_ragan_divergence_and_distances():
    arrays = load("ragan", "losses")
    mean, log_variance = (
        tf.constant(arrays[f"in/{name}"]) for name in ("mu", "logvar")
    )
    fakes, reals = (
        [tf.constant(arrays[f"in/{kind}{number}"]) for number in range(3)]
        for kind in ("fake", "real")
    )
    weights = (0.33, 0.67, 1.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([mean, log_variance, fakes])
        divergence = ragan_losses.divergence(mean, log_variance)
        distances = ragan_losses.reconstruction_terms(fakes, reals, _REPLICA)
        weighted = [
            10.0 * weight * distance
            for weight, distance in zip(weights, distances, strict=True)
        ]
        total = tf.add_n(weighted)
    found = {
        "kl": divergence,
        "kl_weighted": 0.01 * divergence,
        "rec_total": total,
        "ide_weighted": 10.0 * distances[-1],
        "code_l1_weighted": 0.5
        * _REPLICA.mean(absolute_error(mean, arrays["in/code"])),
        **{
            f"rec_scale{number}_weighted": value
            for number, value in enumerate(weighted)
        },
    }
    for name, value in found.items():
        expected = scalar(arrays, f"out/{name}")
        np.testing.assert_allclose(value, expected, **LAYERS, err_msg=name)
    for target, name, value in (
        (divergence, "kl/mu", mean),
        (divergence, "kl/logvar", log_variance),
        (total, "rec_total/fake0", fakes[0]),
    ):
        np.testing.assert_allclose(
            tape.gradient(target, value), arrays[f"grad/{name}"], **LAYERS
        )


def test_ragan_optimizer_steps():
    arrays = load("ragan", "adam_legacy")
    weight = keras.Variable(arrays["in/p0"])
    beta_1, beta_2 = arrays["in/betas"]
    optimizer = Adam(
        scalar(arrays, "in/lr"),
        beta_1=float(beta_1),
        beta_2=float(beta_2),
        epsilon=scalar(arrays, "in/eps"),
        epsilon_after_correction=False,
    )
    for step in range(1, 5):
        optimizer.apply([tf.constant(arrays[f"in/grad_{step}"])], [weight])
        np.testing.assert_allclose(
            weight.numpy(), arrays[f"out/p_after_{step}"], rtol=1e-4, atol=1e-9
        )


def test_ragan_learning_rates():
    arrays = load("ragan", "lr_schedule")
    for name in ("small", "unsup", "sup"):
        constant, decaying = (
            int(epochs) for epochs in arrays[f"in/{name}/niter_decay"]
        )
        # Two updates of the generator in a step, and three steps an epoch.
        schedule = LinearDecay.ragan(2e-4, 3, constant, decaying)
        schedule = schedule.with_updates_per_step(2)
        found = [
            [float(schedule(6 * epoch + update)) for update in (0, 5)]
            for epoch in range(constant + decaying)
        ]
        expected = arrays[f"out/{name}/lr_in_epoch"]
        np.testing.assert_allclose(found, np.stack([expected] * 2, 1), 1e-5)


def test_ragan_text_encoder():
    arrays = load("ragan", "text_encoder")
    parameters = group(arrays, "param")
    encoder = TextEncoder(
        parameters["encoder.weight"].shape[0],
        2 * parameters["rnn.weight_hh_l0"].shape[1],
        parameters["encoder.weight"].shape[1],
    )
    encoder.build()
    load_all(text_encoder_entries(encoder), parameters)
    captions = arrays["in/captions"]
    lengths = (captions != 0).sum(1)
    order = np.argsort(-lengths, kind="stable")
    np.testing.assert_array_equal(lengths, arrays["in/cap_lens"])
    np.testing.assert_array_equal(order, arrays["out/sorted_index"])
    rows = arrays["out/short/rows"]
    for prefix, chosen in (
        ("", captions[order]),
        ("short/", captions[rows][:, : lengths[rows].max()]),
    ):
        words, sentence = encoder(tf.constant(chosen), training=False)
        np.testing.assert_allclose(
            np.transpose(words, (0, 2, 1)),
            arrays[f"out/{prefix}words_emb"],
            **LAYERS,
        )
        np.testing.assert_allclose(
            sentence, arrays[f"out/{prefix}sent_emb"], **LAYERS
        )
        np.testing.assert_array_equal(chosen == 0, arrays[f"out/{prefix}mask"])


def test_ragan_attention_pictures():
    arrays = load("ragan", "attention_map")
    found = attention_strip(nhwc(arrays["in/attn"]))
    # The fixture repeats it to three channels.
    for channel in range(arrays["out/map"].shape[1]):
        np.testing.assert_allclose(
            found, arrays["out/map"][:, channel], atol=2e-4
        )


@pytest.mark.parametrize("kind", ["instance", "batch"])
@pytest.mark.parametrize("setting", ["unsup", "sup"])
def test_ragan_attention_pictures_of_a_generator(setting, kind):
    arrays = load("ragan", f"generator_{setting}_{kind}")
    for stage in (2, 3):
        found = attention_strip(nhwc(arrays[f"out/train/attn{stage}"][:1]))
        expected = arrays[f"out/train/attnmap{stage}"][:, 0]
        np.testing.assert_allclose(found, expected, atol=2e-4)


def test_ragan_enlarged_images():
    arrays = load("ragan", "bilinear_legacy")
    for name, expected in group(arrays, "out").items():
        resized = bilinear_resize(
            tf.constant(nhwc(arrays["in/x"])),
            expected.shape[2:],
            align_corners=True,
        )
        np.testing.assert_allclose(
            nchw(resized), expected, **LAYERS, err_msg=name
        )
