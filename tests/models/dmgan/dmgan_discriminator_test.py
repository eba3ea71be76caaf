import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.network_layers_test import MIXED
from tests.models.network_layers_test import normal
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tests.published import scalar
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.convert import dmgan_weights
from tfragan.distribution import Replica
from tfragan.models import DMGANDiscriminator
from tfragan.models.attngan import attngan_losses


def make_discriminator(parameters, size, embedding_dim, width):
    discriminator = DMGANDiscriminator(size, embedding_dim, width)
    discriminator.build()
    entries = dmgan_weights.discriminator_entries(discriminator)
    load_all(entries, parameters)
    return discriminator, entries


class TestDMGANDiscriminator(TestCase):
    def test_contract_of_the_discriminator(self):
        self.run_layer_test(
            DMGANDiscriminator,
            {"image_size": 16, "embedding_dim": 5, "width": 2},
            input_shapes=(3, 16, 16, 3),
            expected_output_shape=(3, 4, 4, 16),
            expected_trainable_weights=2 + 2 + 2 + 4 + 2,
            expected_non_trainable_weights=2 * 4,
            mixed_policies=MIXED,
            apart=("conditional_head", "unconditional_head"),
        )


@pytest.mark.golden
@pytest.mark.parametrize("size", [64, 128, 256])
def test_dmgan_discriminator_equals_the_published_one(size):
    arrays = load("dmgan", f"d_net{size}")
    x = tf.constant(nhwc(arrays["in/x"]))
    sentence = tf.constant(arrays["in/sent_emb"])
    discriminator, entries = make_discriminator(
        group(arrays, "param"),
        x.shape[1],
        sentence.shape[-1],
        scalar(arrays, "in/ndf"),
    )

    def run(training):
        features = discriminator(x, training=training)
        head = discriminator.conditional_head
        return (
            features,
            tf.sigmoid(head(features, sentence, training=training)),
            tf.sigmoid(discriminator.unconditional_head(features)),
        )

    def check(outputs, mode):
        expected = group(arrays, f"out/{mode}")
        assert_close(nchw(outputs[0]), expected["features"], 2e-5)
        for output, key in zip(outputs[1:], names, strict=True):
            assert_close(output, expected[key], 2e-5, key)

    names = ("cond_logits", "uncond_logits")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, sentence])
        outputs = run(True)
        cotangents = [arrays[f"in/cot_{name}"] for name in names]
        target = weighted_sum(
            outputs, [nhwc(arrays["in/cot_features"]), *cotangents]
        )
    # The published one iterates in evaluation, too: both modes are equal.
    check(outputs, "train")
    check(outputs, "eval")
    # Frozen, ours is what its last call was.
    check(run(False), "train")
    assert_buffers(entries, group(arrays, "out/train/buffer"), 1e-5)
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, "grad"), 2e-4)
    grad_x, grad_sentence = tape.gradient(target, [x, sentence])
    assert_thinned_close(nchw(grad_x), arrays, "grad/in/x", 2e-4)
    assert_close(grad_sentence, arrays["grad/in/sent_emb"], 2e-4)
    check(run(True), "train_second_call")


@pytest.mark.golden
@pytest.mark.parametrize("size", [64, 128, 256])
def test_dmgan_discriminator_loss_equals_the_published_one(size):
    arrays = load("dmgan", f"discriminator_loss{size}")
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
    # Two iterations of the trunk, three of the joint convolution.
    assert_buffers(entries, group(arrays, "out/train/buffer"), 1e-5)


def test_evaluation_leaves_a_discriminator_as_it_is():
    discriminator = DMGANDiscriminator(16, embedding_dim=5, width=2)
    discriminator.build()
    images = normal(2, 16, 16, 3)
    before = discriminator.get_weights()
    first = discriminator(images, training=False)
    np.testing.assert_array_equal(discriminator(images, training=False), first)
    for one, other in zip(before, discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
