import numpy as np
import pytest

from tests.test_case import TestCase
from tfragan.layers.reflection_padding import ReflectionPadding


def images(*shape):
    draw = np.random.default_rng(0).standard_normal
    return draw(shape).astype("float32")


class TestReflectionPadding(TestCase):
    @pytest.mark.parametrize(
        ("padding", "shape"),
        [(1, (2, 6, 7, 2)), (3, (2, 10, 11, 2)), ((1, 2), (2, 7, 8, 2))],
    )
    def test_contract(self, padding, shape):
        self.run_layer_test(
            ReflectionPadding,
            {"padding": padding},
            input_shapes=(2, 4, 5, 2),
            expected_output_shape=shape,
            expected_trainable_weights=0,
        )

    @pytest.mark.parametrize("padding", [0, 1, 2, (0, 1), (2, 1)])
    def test_it_mirrors_without_repeating_the_border(self, padding):
        x = images(2, 4, 3, 2)
        sides = padding if isinstance(padding, tuple) else (padding, padding)
        expected = np.pad(x, [(0, 0), sides, sides, (0, 0)], "reflect")
        got = ReflectionPadding(padding)(x)
        np.testing.assert_array_equal(got, expected)

    @pytest.mark.parametrize("padding", [-1, (1, 2, 3), 1.0, "same"])
    def test_other_paddings_are_refused(self, padding):
        with pytest.raises(ValueError, match="one or two numbers"):
            ReflectionPadding(padding)

    def test_an_image_without_a_mirror_image_is_refused(self):
        with pytest.raises(ValueError, match="2 x 5 is too small"):
            ReflectionPadding((1, 2))(images(1, 2, 5, 1))
        ReflectionPadding(2).build((None, None, 3, 1))
