import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
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
    arrays = load("ugatit", "resnet_block")
    x = tf.constant(nhwc(arrays["in/x"]))
    block = ResidualBlock(x.shape[-1])
    block.build(x.shape)
    entries = encoder_block_entries(block, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = block(x)
        target = tf.reduce_sum(y * nhwc(arrays["in/cotangent"]))
    assert_close(nchw(y), arrays["out/y"], 1e-5)
    expected = group(arrays, "grad")
    assert_close(nchw(tape.gradient(target, x)), expected.pop("x"), 5e-5)
    assert_gradients(published_gradients(entries, tape, target), expected, 5e-5)
