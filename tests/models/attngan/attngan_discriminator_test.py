import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tests.published import scalar
from tests.published import weighted_sum
from tfragan.convert import attngan_weights
from tfragan.distribution import Replica
from tfragan.models.attngan import attngan_losses
from tfragan.models.attngan.attngan_discriminator import AttnGANDiscriminator


def make_discriminator(parameters, size, embedding_dim, width):
    unconditional = any(key.startswith("UNCOND") for key in parameters)
    discriminator = AttnGANDiscriminator(
        size, embedding_dim, width, unconditional
    )
    discriminator.build()
    entries = attngan_weights.discriminator_entries(discriminator)
    load_all(entries, parameters)
    return discriminator, entries


@pytest.mark.golden
@pytest.mark.parametrize("size", [64, 128, 256])
def test_attngan_discriminator_equals_the_published_one(size):
    arrays = load("attngan", f"d_net{size}")
    x = tf.constant(nhwc(arrays["in/x"]))
    sentence = tf.constant(arrays["in/sent_emb"])
    discriminator, entries = make_discriminator(
        group(arrays, "param"),
        size,
        sentence.shape[-1],
        scalar(arrays, "in/ndf"),
    )

    def run(training):
        features = discriminator(x, training=training)
        return (
            features,
            discriminator.conditional_head(
                features, sentence, training=training
            ),
            discriminator.unconditional_head(features),
        )

    def check(outputs, mode):
        features, conditional, unconditional = outputs
        expected = group(arrays, f"out/{mode}")
        assert_close(nchw(features), expected["features"], 2e-5)
        # The published heads end in a sigmoid, whatever their name.
        for logits, key in (
            (conditional, "cond_logits"),
            (unconditional, "uncond_logits"),
        ):
            assert_close(tf.sigmoid(logits), expected[key], 2e-5, key)

    check(run(False), "eval")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, sentence])
        outputs = run(True)
        target = weighted_sum(
            [outputs[0], tf.sigmoid(outputs[1]), tf.sigmoid(outputs[2])],
            [
                nhwc(arrays["in/cot_features"]),
                arrays["in/cot_cond_logits"],
                arrays["in/cot_uncond_logits"],
            ],
        )
    check(outputs, "train")
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, "grad"), 2e-4)
    grad_x, grad_sentence = tape.gradient(target, [x, sentence])
    assert_thinned_close(nchw(grad_x), arrays, "grad/in/x", 2e-4)
    assert_close(grad_sentence, arrays["grad/in/sent_emb"], 2e-4)
    assert_buffers(entries, group(arrays, "out/train/buffer"), 2e-5)


@pytest.mark.golden
@pytest.mark.parametrize("file", ["64", "128", "256", "64_nojcu"])
def test_attngan_discriminator_loss_equals_the_published_one(file):
    arrays = load("attngan", f"discriminator_loss{file}")
    real = tf.constant(nhwc(arrays["in/real_imgs"]))
    fake = tf.constant(nhwc(arrays["in/fake_imgs"]))
    sentence = tf.constant(arrays["in/conditions"])
    discriminator, entries = make_discriminator(
        group(arrays, "param"),
        real.shape[1],
        sentence.shape[-1],
        scalar(arrays, "in/ndf"),
    )
    with tf.GradientTape(persistent=True) as tape:
        terms = attngan_losses.discriminator_terms(
            discriminator, real, fake, sentence, Replica(1, 0)
        )
        loss = attngan_losses.discriminator_loss(terms)
    expected = group(arrays, "out/term")
    assert set(expected) == set(terms)
    for name, value in terms.items():
        assert_close(value, expected[name], 2e-5, name)
    assert_close(loss, arrays["out/errD"], 2e-5)
    gradients = published_gradients(entries, tape, loss)
    assert_gradients(gradients, group(arrays, "grad"), 2e-4)
    assert_buffers(entries, group(arrays, "out/train/buffer"), 2e-5)


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
def test_every_image_size_leads_to_four_by_four_features(size):
    discriminator = AttnGANDiscriminator(size, embedding_dim=6, width=2)
    discriminator.build()
    features = discriminator(tf.zeros((2, size, size, 3)), training=False)
    assert features.shape == (2, 4, 4, 16)


def test_an_odd_image_size_is_refused_by_name():
    with pytest.raises(ValueError, match="image_size must be .* image_size=48"):
        AttnGANDiscriminator(48)
