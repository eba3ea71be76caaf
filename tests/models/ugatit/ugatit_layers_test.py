import numpy as np
import pytest

from tests.models.ugatit.published_networks import assert_layer_is_reproduced
from tests.test_case import TestCase
from tfragan.convert.ugatit_weights import decoder_block_entries
from tfragan.models.ugatit.ugatit_layers import AdaptiveResidualBlock
from tfragan.models.ugatit.ugatit_layers import ConvolutionBlock
from tfragan.models.ugatit.ugatit_layers import Modulation
from tfragan.models.ugatit.ugatit_layers import UpBlock
from tfragan.models.ugatit.ugatit_layers import get_variant

VARIANTS = ("pytorch", "tensorflow1")


def normal(*shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


class TestLayersOfUGATIT(TestCase):
    @pytest.mark.parametrize(
        ("kwargs", "shape", "weights"),
        [
            ({}, (2, 4, 3, 4), 1),
            ({"kernel_size": 7, "strides": 1}, (2, 8, 6, 4), 1),
            ({"variant": "tensorflow1"}, (2, 4, 3, 4), 4),
        ],
    )
    def test_contract_of_the_down_block(self, kwargs, shape, weights):
        self.run_layer_test(
            ConvolutionBlock,
            {"filters": 4, **kwargs},
            input_shapes=(2, 8, 6, 3),
            expected_output_shape=shape,
            expected_trainable_weights=weights,
            without_gradient=("bias",),
        )

    @pytest.mark.parametrize(
        ("variant", "weights"), list(zip(VARIANTS, (4, 5), strict=True))
    )
    def test_contract_of_the_up_block(self, variant, weights):
        self.run_layer_test(
            UpBlock,
            {"filters": 4, "variant": variant},
            input_shapes=(2, 4, 3, 6),
            expected_output_shape=(2, 8, 6, 4),
            expected_trainable_weights=weights,
        )

    @pytest.mark.parametrize(
        ("kwargs", "weights"),
        [
            ({}, 4),
            ({"variant": "tensorflow1"}, 6),
            ({"variant": "tensorflow1", "smoothing": False}, 6),
        ],
    )
    def test_contract_of_the_adaptive_residual_block(self, kwargs, weights):
        self.run_layer_test(
            AdaptiveResidualBlock,
            {"filters": 3, **kwargs},
            input_data={
                "inputs": normal(2, 4, 5, 3),
                "gamma": normal(2, 3, seed=1),
                "beta": normal(2, 3, seed=2),
            },
            expected_output_shape=(2, 4, 5, 3),
            expected_trainable_weights=weights,
        )

    @pytest.mark.parametrize("light", [True, False])
    @pytest.mark.parametrize(
        ("variant", "weights"), list(zip(VARIANTS, (4, 8), strict=True))
    )
    def test_contract_of_the_modulation(self, light, variant, weights):
        self.run_layer_test(
            Modulation,
            {"filters": 6, "light": light, "variant": variant},
            input_shapes=(2, 2, 3, 4),
            expected_output_shape=[(2, 6), (2, 6)],
            expected_trainable_weights=weights,
        )

    @pytest.mark.parametrize(
        ("normalization", "seen"),
        [("instance", False), ("layer_instance", True)],
    )
    def test_the_color_of_a_flat_image_is_seen_or_lost(
        self, normalization, seen
    ):
        block = ConvolutionBlock(16, normalization=normalization)
        flat = np.ones((2, 8, 8, 3), "float32")
        flat *= np.array([[0.9, -0.5, 0.1], [-0.3, 0.8, 0.2]])[:, None, None]
        one, other = block(flat.astype("float32")).numpy()
        # Of an image without contrasts nothing but rounding is left.
        assert (np.abs(one - other).max() > 1e-2) == seen

    def test_all_features_need_a_known_size(self):
        with pytest.raises(ValueError, match="light=True"):
            Modulation(4).build((None, None, None, 4))

    def test_an_unknown_variant_is_refused(self):
        with pytest.raises(ValueError, match="pytorch.*tensorflow1"):
            UpBlock(4, variant="jax")

    @pytest.mark.parametrize("smoothing", [True, False])
    def test_only_one_variant_smoothes_rho(self, smoothing):
        for name in VARIANTS:
            block = AdaptiveResidualBlock(3, name, smoothing)
            block.build((None, 4, 4, 3))
            subtracted = 0.1 if name == "tensorflow1" and smoothing else 0.0
            assert block.norm_2.smoothing == subtracted
            start = get_variant(name).initial_rho
            np.testing.assert_allclose(block.norm_1.rho.numpy(), start)


@pytest.mark.golden
def test_ugatit_decoder_block_is_reproduced():
    assert_layer_is_reproduced(
        "resnet_adailn_block",
        AdaptiveResidualBlock,
        decoder_block_entries,
        styles=("gamma", "beta"),
    )
