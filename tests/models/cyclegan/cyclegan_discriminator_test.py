import numpy as np
import pytest

from tests.golden import assert_close
from tests.models.cyclegan import plain_networks
from tests.models.cyclegan.cyclegan_generator_test import random_images
from tests.test_case import TestCase
from tfragan.models.cyclegan import CycleGANDiscriminator


class TestCycleGANDiscriminator(TestCase):
    def test_contract(self):
        self.run_layer_test(
            CycleGANDiscriminator,
            {"width": 2, "layers": 2},
            input_shapes=(2, 16, 24, 3),
            expected_output_shape=(2, 2, 4, 1),
            expected_trainable_weights=8,
            # A bias in front of a normalization changes nothing.
            without_gradient=("bias",),
            mixed_policies={"mixed_bfloat16": 0.1, "mixed_float16": 0.02},
            float32_outputs=(0,),
        )


def test_it_is_the_published_sequence_of_layers():
    network = CycleGANDiscriminator(width=3)
    network.build()
    network.set_weights([random_images(*w.shape) for w in network.weights])
    images = random_images(2, 32, 37, 3)

    expected = plain_networks.discriminator(network.get_weights(), images)

    assert_close(network(images), expected, 1e-4)


def test_the_published_size_has_the_published_parameters():
    discriminator = CycleGANDiscriminator()
    discriminator.build()

    assert (
        sum(int(np.prod(w.shape)) for w in discriminator.weights) == 2_764_737
    )
    widths = [layer.filters for layer in discriminator.trunk]
    assert widths == [64, 128, 256, 512]
    shape = (None, 256, 256, 3)
    for layer in (*discriminator.trunk, discriminator.head):
        shape = layer.compute_output_shape(shape)
    assert shape == (None, 30, 30, 1)


def test_a_logit_sees_seventy_pixels():
    discriminator = CycleGANDiscriminator(width=2)
    discriminator.build()
    seen = 1
    for layer in (discriminator.head, *reversed(discriminator.trunk)):
        seen = (seen - 1) * layer.strides[0] + layer.kernel_size[0]

    assert seen == 70


def test_the_width_doubles_up_to_eight_times():
    discriminator = CycleGANDiscriminator(width=2, layers=5)
    discriminator.build()

    widths = [layer.filters for layer in discriminator.trunk]
    assert widths == [2, 4, 8, 16, 16, 16]


def test_weights_start_as_published():
    discriminator = CycleGANDiscriminator(width=16)
    discriminator.build()

    for weight in discriminator.weights:
        expected = 0.02 if weight.name == "kernel" else 0.0
        deviation = np.sqrt(np.mean(np.square(weight)))
        tolerance = 3 / np.sqrt(weight.numpy().size)
        np.testing.assert_allclose(deviation, expected, rtol=tolerance)


@pytest.mark.parametrize("layers", [1, 3])
def test_the_smallest_image_has_a_logit_and_smaller_ones_are_refused(layers):
    discriminator = CycleGANDiscriminator(width=2, layers=layers)
    size = discriminator.smallest_image_size

    assert discriminator(random_images(1, size, size, 3)).shape == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=f"of {size - 1} x {size}"):
        discriminator(random_images(1, size - 1, size, 3))
