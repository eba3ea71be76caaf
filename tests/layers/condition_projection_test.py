import numpy as np
import pytest

from tests.test_case import TestCase
from tfragan.layers import ConditionProjection


class TestConditionProjection(TestCase):
    def test_contract(self):
        self.run_layer_test(
            ConditionProjection,
            {"units": 3, "hidden_units": 5},
            input_shapes=(2, 4),
            expected_output_shape=(2, 1, 1, 3),
            expected_trainable_weights=4,
            # The last layer starts at zero.
            without_gradient=("kernel", "bias"),
        )

    @pytest.mark.parametrize("start", [0.0, 1.0])
    def test_at_first_every_condition_gives_the_start(self, start):
        layer = ConditionProjection(3, 5, start)
        draw = np.random.default_rng(0).standard_normal
        values = layer(draw((4, 6)).astype("float32"))
        np.testing.assert_array_equal(values, np.full((4, 1, 1, 3), start))

    def test_the_hidden_layer_starts_within_its_fan_in(self):
        layer = ConditionProjection(3, 400)
        layer.build((None, 25))
        for weight in (layer.hidden.kernel, layer.hidden.bias):
            largest = np.abs(weight.numpy()).max()
            assert 0.18 < largest <= 0.2
