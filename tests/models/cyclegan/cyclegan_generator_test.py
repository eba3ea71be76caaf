import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.models.cyclegan import plain_networks
from tests.test_case import TestCase
from tfragan.layers import ResidualBlock
from tfragan.models.cyclegan import CycleGANGenerator

_MIXED = {"mixed_bfloat16": 0.1, "mixed_float16": 0.02}


def random_images(*shape, seed=0):
    draw = np.random.default_rng(seed).uniform
    return draw(-1.0, 1.0, shape).astype("float32")


def _parameters(network):
    return sum(int(np.prod(w.shape)) for w in network.trainable_weights)


class TestCycleGANGenerator(TestCase):
    @pytest.mark.parametrize(("dropout", "counters"), [(0.0, 0), (0.5, 2)])
    def test_contract(self, dropout, counters):
        generator = self.run_layer_test(
            CycleGANGenerator,
            {"width": 2, "residual_blocks": 2, "dropout": dropout},
            input_shapes=(2, 16, 24, 3),
            expected_output_shape=[(2, 16, 24, 3)],
            expected_trainable_weights=2 * (1 + 2 + 4 + 2 + 1),
            expected_non_trainable_weights=counters,
            # A bias in front of a normalization changes nothing.
            without_gradient=("bias",),
            mixed_policies=_MIXED,
            float32_outputs=(0,),
        )
        assert len(generator.blocks) == 2

    def test_two_replicas_drop_what_one_device_drops(self, mirrored):
        self.run_layer_replica_test(
            lambda: ResidualBlock(3, dropout=0.5),
            random_images(4, 8, 8, 3),
            mirrored,
        )


def test_it_is_the_published_sequence_of_layers():
    network = CycleGANGenerator(width=3, residual_blocks=2)
    network.build()
    network.set_weights([random_images(*w.shape) for w in network.weights])
    images = random_images(2, 16, 12, 3)

    weights = network.get_weights()
    expected = plain_networks.generator(weights, images, residual_blocks=2)

    assert_close(network(images)["image"], expected, 1e-4)


@pytest.mark.parametrize(
    ("residual_blocks", "expected"), [(9, 11_378_179), (6, 7_837_699)]
)
def test_the_published_size_has_the_published_parameters(
    residual_blocks, expected
):
    generator = CycleGANGenerator(residual_blocks=residual_blocks)
    generator.build()

    assert _parameters(generator) == expected


def test_weights_start_as_published():
    generator = CycleGANGenerator(width=16, residual_blocks=2)
    generator.build()

    kernels = [w for w in generator.weights if w.name == "kernel"]
    for kernel in kernels:
        count = kernel.numpy().size
        deviation = np.sqrt(np.mean(np.square(kernel)))
        np.testing.assert_allclose(deviation, 0.02, rtol=3 / np.sqrt(count))
    for bias in (w for w in generator.weights if w.name == "bias"):
        np.testing.assert_array_equal(bias, 0.0)
    values = [tuple(kernel.numpy().ravel()[:3]) for kernel in kernels]
    assert len(set(values)) == len(kernels)


def test_sides_are_rounded_up_to_multiples_of_four():
    generator = CycleGANGenerator(width=2, residual_blocks=1)

    assert generator(random_images(1, 30, 21, 3))["image"].shape == (
        1,
        32,
        24,
        3,
    )


def test_images_stay_in_their_range():
    generator = CycleGANGenerator(width=2, residual_blocks=1)
    generator.build()
    generator.output_convolution.kernel.assign(
        1e3 * generator.output_convolution.kernel
    )

    image = generator(random_images(1, 16, 16, 3))["image"]

    assert np.abs(image).max() == 1.0


def test_values_are_dropped_in_training_only_and_by_seed():
    images = random_images(2, 16, 16, 3)
    first = CycleGANGenerator(2, residual_blocks=2, dropout=0.5)
    other = CycleGANGenerator(2, residual_blocks=2, dropout=0.5, seed=1)
    for generator in (first, other):
        generator.build()
        # Otherwise the blocks hardly matter.
        for block in generator.blocks:
            block.conv_2.kernel.assign(50.0 * block.conv_2.kernel)
    other.set_weights(first.get_weights())

    still = [first(images)["image"] for _ in range(2)]
    moving = [
        generator(images, training=True)["image"]
        for generator in (first, other)
    ]

    np.testing.assert_array_equal(*still)
    assert np.abs(moving[0] - still[0]).max() > 1e-4
    assert np.abs(moving[0] - moving[1]).max() > 1e-4
    assert len({block.seed for block in (*first.blocks, *other.blocks)}) == 4


def test_an_unknown_size_works_in_a_graph():
    generator = CycleGANGenerator(width=2, residual_blocks=1)
    generator.build()
    signature = [tf.TensorSpec((None, None, None, 3))]
    graph = tf.function(lambda x: generator(x)["image"], signature)
    images = random_images(2, 16, 12, 3)

    np.testing.assert_allclose(
        graph(images), generator(images)["image"], rtol=1e-4, atol=1e-6
    )
