import numpy as np
import pytest

from tests.golden import load
from tests.models.attngan.published_discriminator import PublishedDiscriminator
from tests.models.attngan.published_discriminator import (
    assert_discriminator_loss,
)
from tests.models.network_layers_test import normal
from tests.published import load_all
from tfragan.convert import dmgan_weights
from tfragan.models import DMGANDiscriminator


def make_discriminator(parameters, size, embedding_dim, width):
    discriminator = DMGANDiscriminator(size, embedding_dim, width)
    discriminator.build()
    entries = dmgan_weights.discriminator_entries(discriminator)
    load_all(entries, parameters)
    return discriminator, entries


@pytest.mark.golden
@pytest.mark.parametrize("size", [64, 128, 256])
def test_dmgan_discriminator_equals_the_published_one(size):
    arrays = load("dmgan", f"d_net{size}")
    published = PublishedDiscriminator(arrays, make_discriminator, buffers=1e-5)
    outputs = published.assert_training()
    # The published one iterates in evaluation, too: both modes are equal.
    published.assert_outputs(outputs, "eval")
    # Frozen, ours is what its last call was.
    published.assert_outputs(published.run(False), "train")
    published.assert_outputs(published.run(True), "train_second_call")


@pytest.mark.golden
@pytest.mark.parametrize("size", [64, 128, 256])
def test_dmgan_discriminator_loss_equals_the_published_one(size):
    arrays = load("dmgan", f"discriminator_loss{size}")
    # Two iterations of the trunk, three of the joint convolution.
    assert_discriminator_loss(arrays, make_discriminator, buffers=1e-5)


def test_evaluation_leaves_a_discriminator_as_it_is():
    discriminator = DMGANDiscriminator(16, embedding_dim=5, width=2)
    discriminator.build()
    images = normal(2, 16, 16, 3)
    before = discriminator.get_weights()
    first = discriminator(images, training=False)
    np.testing.assert_array_equal(discriminator(images, training=False), first)
    for one, other in zip(before, discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
