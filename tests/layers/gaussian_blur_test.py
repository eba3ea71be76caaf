import keras
import numpy as np
import pytest

from tests.layers.second_order import relative_penalty_errors
from tests.test_case import TestCase
from tfragan.layers.gaussian_blur import GaussianBlur


class TestGaussianBlur(TestCase):
    def test_contract(self):
        self.run_layer_test(
            GaussianBlur,
            {"filter_size": 5, "sigma": 1.5, "padding": "SYMMETRIC"},
            input_shapes=(2, 6, 7, 3),
            expected_output_shape=(2, 6, 7, 3),
            expected_trainable_weights=0,
        )

    def test_an_impulse_becomes_a_gaussian_of_sum_one(self):
        x = np.zeros((1, 15, 15, 1), "float32")
        x[0, 7, 7, 0] = 1.0
        y = GaussianBlur(9, 2.0)(x).numpy()[0, ..., 0]
        assert y.sum() == pytest.approx(1.0, abs=1e-5)
        near, far = y[7, 8], y[7, 10]
        assert far / near == pytest.approx(np.exp(-(9 - 1) / 8.0), rel=1e-4)
        np.testing.assert_allclose(y, y.T, atol=1e-7)

    @pytest.mark.parametrize("padding", ["REFLECT", "SYMMETRIC"])
    def test_a_flat_image_stays_flat(self, padding):
        x = np.full((1, 4, 4, 2), 0.3, "float32")
        y = GaussianBlur(5, 3.0, padding)(x)
        np.testing.assert_allclose(y, x, atol=1e-6)

    def test_channels_are_apart(self):
        x = np.zeros((1, 4, 4, 2), "float32")
        x[..., 0] = 1.0
        y = GaussianBlur()(x).numpy()
        np.testing.assert_allclose(y, x, atol=1e-6)

    def test_second_order_gradient_is_exact(self):
        draw = np.random.default_rng(0).standard_normal
        layer = GaussianBlur(dtype="float64")
        x, cotangent = draw((2, 1, 5, 5, 2))
        layer(x)
        assert max(relative_penalty_errors(layer, x, cotangent)) < 1e-6

    @pytest.mark.parametrize(
        ("kwargs", "message"),
        [
            ({"filter_size": 4}, "filter_size=4"),
            ({"sigma": 0.0}, "sigma=0.0"),
            ({"padding": "WRAP"}, "padding='WRAP'"),
        ],
    )
    def test_wrong_arguments_are_refused(self, kwargs, message):
        with pytest.raises(ValueError, match=message):
            GaussianBlur(**kwargs)

    def test_unknown_channels_are_refused(self):
        with pytest.raises(ValueError, match="known channels"):
            GaussianBlur()(keras.Input((4, 4, None)))
