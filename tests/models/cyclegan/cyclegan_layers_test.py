import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.layers.second_order import relative_penalty_errors
from tests.models.network_layers_test import normal
from tests.test_case import TestCase
from tfragan.models.cyclegan.cyclegan_layers import DoublingConvolution
from tfragan.models.cyclegan.cyclegan_layers import ZeroPaddedConvolution


def _correlate(images, kernel, bias, strides):
    """A convolution without padding by its sum over taps."""
    rows, columns = kernel.shape[:2]
    height = (images.shape[1] - rows) // strides + 1
    width = (images.shape[2] - columns) // strides + 1
    outputs = np.zeros((len(images), height, width, kernel.shape[-1]))
    for row in range(rows):
        for column in range(columns):
            part = images[:, row:, column:][:, ::strides, ::strides]
            outputs += part[:, :height, :width] @ kernel[row, column]
    return outputs + bias


class TestZeroPaddedConvolution(TestCase):
    def test_contract(self):
        self.run_layer_test(
            ZeroPaddedConvolution,
            {"filters": 4, "kernel_size": 3, "strides": 2},
            input_shapes=(2, 7, 6, 3),
            expected_output_shape=(2, 4, 3, 4),
            expected_trainable_weights=2,
        )

    @pytest.mark.parametrize("strides", [1, 2])
    @pytest.mark.parametrize("kernel_size", [3, 4])
    @pytest.mark.parametrize("zeros", [0, 1, 2])
    def test_every_side_has_as_many_zeros(self, kernel_size, strides, zeros):
        layer = ZeroPaddedConvolution(
            5, kernel_size, zeros, strides=strides, bias_initializer="normal"
        )
        images = normal(2, 8, 9, 3)
        outputs = layer(images)

        sides = (zeros, zeros)
        padded = np.pad(images, [(0, 0), sides, sides, (0, 0)])
        kernel, bias = layer.get_weights()
        expected = _correlate(padded, kernel, bias, strides)
        assert_close(outputs, expected, 1e-5)
        assert layer.compute_output_shape(images.shape) == outputs.shape

    def test_padding_by_name_is_refused(self):
        with pytest.raises(ValueError, match="padding='same'"):
            ZeroPaddedConvolution(5, 3, padding="same")


class TestDoublingConvolution(TestCase):
    def test_contract(self):
        self.run_layer_test(
            DoublingConvolution,
            {"filters": 4},
            input_shapes=(2, 3, 4, 3),
            expected_output_shape=(2, 6, 8, 4),
            expected_trainable_weights=2,
        )

    def test_it_is_a_convolution_of_the_image_with_zeros_between(self):
        layer = DoublingConvolution(4, bias_initializer="normal")
        images = normal(2, 3, 5, 6)
        outputs = layer(images)

        # PyTorch's rule: zeros between the pixels, `kernel - 1 - padding` on
        # each side, `output_padding` at the end, and the kernel mirrored.
        spread = np.zeros((2, 2 * 3 + 2, 2 * 5 + 2, 6))
        spread[:, 1:-2:2, 1:-2:2] = images
        kernel, bias = layer.get_weights()
        mirrored = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
        expected = _correlate(spread, mirrored, bias, 1)
        assert outputs.shape == (2, 6, 10, 4)
        assert_close(outputs, expected, 1e-5)

    def test_a_pixel_spreads_to_both_sides(self):
        layer = DoublingConvolution(1, kernel_initializer="ones")
        image = np.zeros((1, 3, 3, 1), "float32")
        image[0, 1, 1] = 1.0

        outputs = layer(image)[0, :, :, 0]

        expected = np.zeros((6, 6))
        expected[1:4, 1:4] = 1.0
        np.testing.assert_array_equal(outputs, expected)

    def test_gradients_of_a_penalty_are_exact(self):
        layer = DoublingConvolution(2, dtype="float64")
        images = tf.constant(normal(2, 4, 4, 3), tf.float64)
        cotangent = tf.constant(normal(2, 8, 8, 2, seed=1), tf.float64)
        layer.build(images.shape)

        errors = relative_penalty_errors(layer, images, cotangent)

        assert max(errors) < 1e-5
