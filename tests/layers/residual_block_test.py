import numpy as np
import pytest

from tests.models.ugatit.published_networks import assert_layer_is_reproduced
from tests.test_case import TestCase
from tfragan.convert.ugatit_weights import encoder_block_entries
from tfragan.layers.residual_block import ResidualBlock


def images(*shape):
    draw = np.random.default_rng(0).standard_normal
    return draw(shape).astype("float32")


class TestResidualBlock(TestCase):
    @pytest.mark.parametrize(
        ("kwargs", "weights", "without_gradient"),
        [
            ({}, 2, ()),
            # A bias in front of the normalization changes nothing.
            ({"use_bias": True, "affine": True}, 8, ("bias",)),
        ],
    )
    def test_contract(self, kwargs, weights, without_gradient):
        self.run_layer_test(
            ResidualBlock,
            {"filters": 3, **kwargs},
            input_shapes=(2, 4, 5, 3),
            expected_output_shape=(2, 4, 5, 3),
            expected_trainable_weights=weights,
            without_gradient=without_gradient,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            lambda: ResidualBlock(3), images(5, 4, 4, 3), mirrored, split=2
        )

    def test_the_two_kernels_start_differently(self):
        block = ResidualBlock(3, kernel_initializer="orthogonal")
        block.build((None, None, None, 3))
        kernels = [block.conv_1.kernel.numpy(), block.conv_2.kernel.numpy()]
        assert np.abs(kernels[0] - kernels[1]).max() > 0.01

    def test_other_channels_are_refused(self):
        with pytest.raises(ValueError, match="must have 3 channels"):
            ResidualBlock(3).build((None, 4, 4, 5))


@pytest.mark.golden
def test_ugatit_encoder_block_is_reproduced():
    assert_layer_is_reproduced(
        "resnet_block", ResidualBlock, encoder_block_entries
    )
