"""Discriminators beside the published ones, DM-GAN's as AttnGAN's."""

import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tests.golden import group
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import published_gradients
from tests.published import scalar
from tests.published import weighted_sum
from tfragan.distribution import Replica
from tfragan.models.attngan import attngan_losses

_LOGITS = ("cond_logits", "uncond_logits")


class PublishedDiscriminator:
    """A discriminator with the weights and the inputs of a fixture.

    `make` is as for `assert_generator_loss`, and `buffers` is the tolerance of
    what a pass in training mode moves.
    """

    def __init__(self, arrays, make, buffers):
        self.arrays = arrays
        self.buffers = buffers
        self.images = tf.constant(nhwc(arrays["in/x"]))
        self.sentence = tf.constant(arrays["in/sent_emb"])
        self.network, self.entries = make(
            group(arrays, "param"),
            self.images.shape[1],
            self.sentence.shape[-1],
            scalar(arrays, "in/ndf"),
        )

    def run(self, training):
        """The features and, as the published heads end, two sigmoids."""
        features = self.network(self.images, training=training)
        conditional = self.network.conditional_head(
            features, self.sentence, training=training
        )
        unconditional = self.network.unconditional_head(features)
        return features, tf.sigmoid(conditional), tf.sigmoid(unconditional)

    def assert_outputs(self, outputs, mode):
        expected = group(self.arrays, f"out/{mode}")
        assert_close(nchw(outputs[0]), expected["features"], 2e-5)
        for output, key in zip(outputs[1:], _LOGITS, strict=True):
            assert_close(output, expected[key], 2e-5, key)

    def assert_training(self):
        """Outputs, buffers and gradients of a pass in training mode."""
        arrays = self.arrays
        inputs = [self.images, self.sentence]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(inputs)
            outputs = self.run(True)
            cotangents = [arrays[f"in/cot_{name}"] for name in _LOGITS]
            target = weighted_sum(
                outputs, [nhwc(arrays["in/cot_features"]), *cotangents]
            )
        self.assert_outputs(outputs, "train")
        buffers = group(arrays, "out/train/buffer")
        assert_buffers(self.entries, buffers, self.buffers)
        gradients = published_gradients(self.entries, tape, target)
        assert_gradients(gradients, group(arrays, "grad"), 2e-4)
        grad_x, grad_sentence = tape.gradient(target, inputs)
        assert_thinned_close(nchw(grad_x), arrays, "grad/in/x", 2e-4)
        assert_close(grad_sentence, arrays["grad/in/sent_emb"], 2e-4)
        return outputs


def assert_discriminator_loss(arrays, make, buffers):
    """The loss of a fixture; arguments as of `PublishedDiscriminator`."""
    real = tf.constant(nhwc(arrays["in/real_imgs"]))
    fake = tf.constant(nhwc(arrays["in/fake_imgs"]))
    sentence = tf.constant(arrays["in/conditions"])
    discriminator, entries = make(
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
    assert_buffers(entries, group(arrays, "out/train/buffer"), buffers)
