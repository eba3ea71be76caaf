import pytest

from tests.golden import group
from tests.golden import load
from tests.models.attngan.attngan_discriminator_test import make_discriminator
from tests.models.attngan.attngan_generator_test import make_generator
from tests.models.attngan.published_step import PublishedFamily
from tests.models.attngan.published_step import assert_generator_loss
from tfragan.convert import attngan_weights
from tfragan.models import AttnGAN


def _sizes(arrays):
    parameters = group(arrays, "param/netG")
    generator, _ = make_generator(arrays, parameters, True, "published")
    return {
        "base_size": generator.base_size,
        "stages": generator.stages,
        "generator_width": generator.width,
        "noise_dim": generator.noise_dim,
        "condition_dim": generator.condition_dim,
        "residual_blocks": generator.residual_blocks,
    }


def _cancelling(names):
    # As for the generator alone: these shifts cancel strongly.
    return {name: 5e-3 for name in names if name.endswith("block.4.bias")}


@pytest.fixture(scope="module")
def step():
    family = PublishedFamily(
        "attngan", AttnGAN, attngan_weights, _sizes, _cancelling
    )
    return family.step()


@pytest.mark.golden
def test_attngan_training_step_equals_the_published_one(step):
    step.assert_losses(1e-4)
    step.assert_checks()


@pytest.mark.golden
def test_attngan_parameters_after_the_step_equal_the_published_ones(step):
    step.assert_parameters()


@pytest.mark.golden
def test_attngan_gradients_of_the_step_equal_the_published_ones(step):
    step.assert_gradients()


@pytest.mark.golden
def test_attngan_images_of_the_step_equal_the_published_ones(step):
    step.assert_images()


@pytest.mark.golden
def test_attngan_generator_loss_equals_the_published_one():
    arrays = load("attngan", "generator_loss")
    assert_generator_loss(arrays, make_discriminator)
