import numpy as np
import pytest

from tests.test_case import TestCase
from tfragan.layers.gated_linear_unit import GatedLinearUnit


class TestGatedLinearUnit(TestCase):
    @pytest.mark.parametrize("shape", [(2, 6), (2, 3, 3, 4)])
    def test_contract(self, shape):
        self.run_layer_test(
            GatedLinearUnit,
            {},
            input_shapes=shape,
            expected_output_shape=(*shape[:-1], shape[-1] // 2),
            expected_trainable_weights=0,
        )

    def test_the_second_half_gates_the_first(self):
        x = np.array([[3.0, -2.0, 0.0, 100.0]], "float32")
        y = GatedLinearUnit()(x)
        np.testing.assert_allclose(y, [[1.5, -2.0]], rtol=1e-6)
        closed = np.array([[3.0, -2.0, -100.0, -100.0]], "float32")
        np.testing.assert_allclose(GatedLinearUnit()(closed), 0.0, atol=1e-30)

    def test_an_odd_number_of_channels_is_refused(self):
        with pytest.raises(ValueError, match="must be even"):
            GatedLinearUnit()(np.zeros((2, 5), "float32"))
