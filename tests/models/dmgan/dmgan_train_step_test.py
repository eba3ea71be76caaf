import pytest

from tests.golden import group
from tests.golden import load
from tests.models.attngan.published_step import PublishedFamily
from tests.models.attngan.published_step import assert_generator_loss
from tests.models.dmgan.dmgan_discriminator_test import make_discriminator
from tests.models.dmgan.dmgan_generator_test import cancelling
from tests.published import assert_buffers
from tfragan.convert import dmgan_weights
from tfragan.convert.published_network import PublishedNetwork
from tfragan.models import DMGAN


def _sizes(arrays):
    network = PublishedNetwork("fixture", group(arrays, "param/netG"))
    sizes = dmgan_weights.generator_sizes(network)
    del sizes["embedding_dim"]
    return sizes


@pytest.fixture(scope="module")
def step():
    family = PublishedFamily("dmgan", DMGAN, dmgan_weights, _sizes, cancelling)
    return family.step()


@pytest.mark.golden
def test_dmgan_training_step_equals_the_published_one(step):
    step.assert_losses(1e-4)
    step.assert_checks()


@pytest.mark.golden
def test_dmgan_parameters_after_the_step_equal_the_published_ones(step):
    step.assert_parameters()


@pytest.mark.golden
def test_dmgan_gradients_of_the_step_equal_the_published_ones(step):
    step.assert_gradients()


@pytest.mark.golden
def test_dmgan_images_of_the_step_equal_the_published_ones(step):
    step.assert_images()


@pytest.mark.golden
def test_dmgan_generator_loss_equals_the_published_one():
    arrays = load("dmgan", "generator_loss")
    every = assert_generator_loss(arrays, make_discriminator)
    # One more iteration of every layer.
    for index, entries in enumerate(every):
        buffers = group(arrays, f"out/train/buffer/netD{index}")
        assert_buffers(entries, buffers, 1e-5)
