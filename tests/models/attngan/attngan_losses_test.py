import numpy as np
import tensorflow as tf

from tfragan.distribution import Replica
from tfragan.models import AttnGANDiscriminator
from tfragan.models.attngan.attngan_losses import discriminator_terms


def test_batch_statistics_do_not_tell_near_misses_from_right_sentences():
    discriminator = AttnGANDiscriminator(16, 6, 2)
    discriminator.build()
    head = discriminator.conditional_head
    draw = np.random.default_rng(0)
    images = tf.constant(draw.normal(size=(2, 4, 16, 16, 3)), tf.float32)
    sentence = tf.constant(draw.normal(size=(4, 6)), tf.float32)
    near = tf.constant(draw.normal(size=(4, 3, 6)), tf.float32)
    near_misses = {"sentence": near, "usable": tf.ones((4, 3), bool)}

    def terms(near_misses):
        return discriminator_terms(
            discriminator, *images, sentence, Replica(1, 0), True, near_misses
        )

    plain, found = terms(None), terms(near_misses)
    features = discriminator(images[0], training=True)
    logits = head(
        tf.concat([features, tf.repeat(features, 3, 0)], 0),
        tf.concat([sentence, tf.reshape(near, (12, 6))], 0),
        training=True,
    )
    right = tf.reduce_mean(tf.nn.softplus(-logits[:4]))
    wrong = tf.reduce_mean(tf.nn.softplus(logits[4:]))
    for name, joint in (("cond_real", right), ("cond_wrong", wrong)):
        np.testing.assert_allclose(
            found[name], (plain[name] + joint) / 2, rtol=1e-5
        )
    np.testing.assert_allclose(found["cond_fake"], plain["cond_fake"])
