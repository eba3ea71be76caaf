import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import nchw
from tests.models.text_to_image import published_networks as published
from tests.published import load_all
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.convert import one_stage_weights
from tfragan.models import DFGANGenerator
from tfragan.models.dfgan.dfgan_layers import ConditionalAffine
from tfragan.models.dfgan.dfgan_layers import DeepFusion
from tfragan.models.dfgan.dfgan_layers import DeepFusionBlock
from tfragan.models.text_to_image.one_stage_generator import double

SHAPES = {"inputs": (2, 4, 5, 3), "condition": (2, 6)}


class TestDFGANGenerator(TestCase):
    @pytest.mark.parametrize(
        ("layer", "weights"), [(ConditionalAffine, 8), (DeepFusion, 16)]
    )
    def test_contract_of_the_condition(self, layer, weights):
        self.run_layer_test(
            layer,
            {"hidden_units": 7},
            input_shapes=SHAPES,
            expected_output_shape=SHAPES["inputs"],
            expected_trainable_weights=weights,
            # The last projections start at zero.
            without_gradient=("kernel", "bias"),
        )

    @pytest.mark.parametrize(
        ("options", "weights"),
        [
            ({"filters": 3}, 36),
            ({"filters": 4}, 38),
            ({"filters": 4, "hidden_units": 6, "scaled": True}, 39),
        ],
    )
    def test_contract_of_the_block(self, options, weights):
        self.run_layer_test(
            DeepFusionBlock,
            options,
            input_shapes=SHAPES,
            expected_output_shape=(2, 4, 5, options["filters"]),
            expected_trainable_weights=weights,
            without_gradient=("kernel", "bias"),
        )

    @pytest.mark.parametrize("version", ["2020", "2022"])
    @pytest.mark.parametrize("size", [64, 128, 256])
    def test_the_number_of_blocks_sets_the_size(self, version, size):
        generator = DFGANGenerator(size, 6, 2, 5, version)
        image = generator(tf.zeros((1, 6)), tf.zeros((1, 5)))["image"]
        assert image.shape == (1, size, size, 3)

    @pytest.mark.parametrize(
        ("options", "count"),
        [
            ({"version": "2022"}, 9_744_131),
            ({"version": "2020"}, 12_240_010),
            ({"version": "2020", "width": 64}, 31_480_074),
        ],
    )
    def test_published_sizes_have_the_published_number_of_weights(
        self, options, count
    ):
        generator = DFGANGenerator(**options)
        generator.build()
        assert generator.count_params() == count

    def test_an_unknown_version_is_refused(self):
        with pytest.raises(ValueError, match="2020.*2022.*Received"):
            DFGANGenerator(version="2021")

    def test_noise_reaches_every_block_of_2022_only(self):
        noise = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")
        for version, differs in (("2022", True), ("2020", False)):
            generator = DFGANGenerator(32, 6, 2, 5, version)
            generator.build()
            first = generator.noise_projection.projection
            first.kernel.assign(tf.zeros_like(first.kernel))
            for block in generator.blocks.values():
                for fusion in block.modulations:
                    for affine in fusion.affine_maps:
                        last = affine.scale.output_projection.kernel
                        last.assign(tf.ones_like(last))
            one, other = generator(tf.ones((2, 6)), noise)["image"].numpy()
            assert (np.abs(one - other).max() > 1e-4) == differs


def _assert_as_published(arrays, entries, call, tolerance):
    inputs = {
        name.removeprefix("in/"): published.tensor(
            arrays, name.removeprefix("in/")
        )
        for name in arrays
        if name.startswith("in/") and name != "in/cotangent"
    }
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        y = call(**inputs)
        total = weighted_sum([y], [published.tensor(arrays, "cotangent")])
    expected = arrays["out/y" if "out/y" in arrays else "out/image"]
    published.assert_within(nchw(y), expected, 1e-4, 1e-6)
    published.assert_published_gradients(
        published.gradients_with_inputs(entries, tape, total, inputs),
        group(arrays, "grad"),
        tolerance,
    )


@pytest.mark.golden
@pytest.mark.parametrize("kind", ["affine", "dfblk"])
def test_dfgan_condition_of_the_ssagan_fixtures_is_equal(kind):
    arrays = published.load_fixture(f"dfgan_{kind}")
    x, condition = (published.tensor(arrays, name) for name in ("x", "cond"))
    if kind == "affine":
        layer = ConditionalAffine(len(arrays["param/fc_gamma.linear1.weight"]))
        layer.build(x.shape, condition.shape)
        entries = one_stage_weights.condition_entries(layer, "")
    else:
        name = "param/affine0.fc_gamma.linear1.weight"
        layer = DeepFusion(len(arrays[name]))
        layer.build(x.shape, condition.shape)
        entries = one_stage_weights.fusion_entries(
            layer, ["affine0.", "affine1."]
        )
    _assert_as_published(
        arrays, entries, lambda x, cond: layer(x, cond), published.MODULE
    )


@pytest.mark.golden
@pytest.mark.parametrize(
    ("fixture", "version"),
    [
        ("dfgan_gblock_same", "2022"),
        ("dfgan_gblock_change", "2022"),
        ("dfgan2020_gblock_change", "2020"),
    ],
)
def test_dfgan_block_of_the_ssagan_fixtures_is_equal(fixture, version):
    arrays = published.load_fixture(fixture)
    x, condition = (published.tensor(arrays, name) for name in ("x", "cond"))
    old = version == "2020"
    block = DeepFusionBlock(
        len(arrays["param/c1.weight"]),
        condition.shape[-1] if old else None,
        old,
    )
    block.build(x.shape, condition.shape)
    _assert_as_published(
        arrays,
        one_stage_weights.dfgan_block_entries(block, "", version),
        lambda x, cond: block(x if old else double(x), cond),
        published.MODULE,
    )


@pytest.mark.golden
@pytest.mark.parametrize(
    ("fixture", "version"),
    [
        ("dfgan_generator", "2022"),
        ("dfgan_generator256", "2022"),
        ("dfgan2020_generator", "2020"),
    ],
)
def test_dfgan_generator_of_the_ssagan_fixtures_is_equal(fixture, version):
    arrays = published.load_fixture(fixture)
    generator, entries = published.dfgan_generator(
        group(arrays, "param"), arrays["out/image"].shape[-1], version
    )
    _assert_as_published(
        arrays,
        entries,
        lambda sent, noise: generator(sent, noise)["image"],
        published.NETWORK,
    )
