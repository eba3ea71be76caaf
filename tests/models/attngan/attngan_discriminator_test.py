import pytest
import tensorflow as tf

from tests.golden import load
from tests.models.attngan.published_discriminator import PublishedDiscriminator
from tests.models.attngan.published_discriminator import (
    assert_discriminator_loss,
)
from tests.published import load_all
from tfragan.convert import attngan_weights
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
    published = PublishedDiscriminator(arrays, make_discriminator, buffers=2e-5)
    published.assert_outputs(published.run(False), "eval")
    published.assert_training()


@pytest.mark.golden
@pytest.mark.parametrize("file", ["64", "128", "256", "64_nojcu"])
def test_attngan_discriminator_loss_equals_the_published_one(file):
    arrays = load("attngan", f"discriminator_loss{file}")
    assert_discriminator_loss(arrays, make_discriminator, buffers=2e-5)


@pytest.mark.parametrize("size", [16, 32, 64, 128, 256])
def test_every_image_size_leads_to_four_by_four_features(size):
    discriminator = AttnGANDiscriminator(size, embedding_dim=6, width=2)
    discriminator.build()
    features = discriminator(tf.zeros((2, size, size, 3)), training=False)
    assert features.shape == (2, 4, 4, 16)


def test_an_odd_image_size_is_refused_by_name():
    with pytest.raises(ValueError, match="image_size must be .* image_size=48"):
        AttnGANDiscriminator(48)
