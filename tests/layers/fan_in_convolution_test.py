import numpy as np
import pytest

from tests.test_case import TestCase
from tfragan.layers import FanInConvolution
from tfragan.layers.fan_in_convolution import fan_in_uniform
from tfragan.layers.fan_in_convolution import fan_in_uniform_bias


class TestFanInConvolution(TestCase):
    @pytest.mark.parametrize(
        ("options", "shape", "weights"),
        [
            ({}, (2, 4, 6, 5), 2),
            ({"strides": 2, "use_bias": False}, (2, 2, 3, 5), 1),
            ({"padding": "valid"}, (2, 2, 4, 5), 2),
        ],
    )
    def test_contract(self, options, shape, weights):
        self.run_layer_test(
            FanInConvolution,
            {"filters": 5, "kernel_size": 3, **options},
            input_shapes=(2, 4, 6, 2),
            expected_output_shape=shape,
            expected_trainable_weights=weights,
        )

    def test_kernel_and_bias_start_within_the_fan_in(self):
        layer = FanInConvolution(500, 2)
        layer.build((None, 4, 4, 25))
        for weight in (layer.kernel, layer.bias):
            largest = np.abs(weight.numpy()).max()
            assert 0.095 < largest <= 0.1
            assert abs(weight.numpy().std() - 0.1 / 3**0.5) < 0.004


def test_kernels_are_uniform_within_the_root_of_the_fan_in():
    values = np.array(fan_in_uniform()((3, 3, 4, 900)))
    assert np.abs(values).max() <= 1 / 6
    assert abs(values.std() - 1 / 6 / 3**0.5) < 1e-3


def test_biases_are_uniform_within_the_root_of_the_fan_in():
    values = np.array(fan_in_uniform_bias(36)((20000,)))
    assert np.abs(values).max() <= 1 / 6
    assert abs(values.std() - 1 / 6 / 3**0.5) < 1e-3
