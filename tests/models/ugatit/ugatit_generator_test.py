import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.ugatit.published_networks import GENERATOR_OUTPUTS
from tests.models.ugatit.published_networks import Layout
from tests.models.ugatit.published_networks import assert_outputs
from tests.models.ugatit.published_networks import pytorch_generator
from tests.models.ugatit.published_networks import tensorflow1_generator
from tests.models.ugatit.published_networks import weighted_outputs
from tests.published import assert_gradients
from tests.published import published_gradients
from tests.test_case import TestCase
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator

TINY = {"image_size": 8, "light": True, "width": 2, "residual_blocks": 1}
# Statistics of four positions blow rounding up.
MIXED = {"mixed_bfloat16": 0.2, "mixed_float16": 0.05}


def images(*shape):
    draw = np.random.default_rng(0).uniform
    return draw(-1.0, 1.0, shape).astype("float32")


class TestUGATITGenerator(TestCase):
    @pytest.mark.parametrize(
        ("light", "variant", "weights"),
        [
            # Convolutions, classifiers, fusion, MLP, and both norms with rho.
            (True, "pytorch", 10 + 2 + 2 + 4 + 2 + 6),
            # Biases of all layers, scale and shift of five normalizations.
            (False, "tensorflow1", 20 + 2 + 2 + 8 + 10 + 2 + 6),
        ],
    )
    def test_contract(self, light, variant, weights):
        self.run_layer_test(
            UGATITGenerator,
            {**TINY, "light": light, "variant": variant, "smoothing": False},
            input_data=images(2, 8, 8, 3),
            # In the order of their names.
            expected_output_shape=[(2, 2), (2, 2, 2, 1), (2, 8, 8, 3)],
            expected_trainable_weights=weights,
            mixed_policies=MIXED,
            # In front of an instance normalization it changes nothing.
            without_gradient=("bias",),
            float32_outputs=range(3),
        )

    @pytest.mark.parametrize("recompute", [False, True])
    def test_replicas_equal_one_device(self, mirrored, recompute):
        self.run_layer_replica_test(
            lambda: UGATITGenerator(**TINY, recompute=recompute),
            images(3, 16, 16, 3),
            mirrored,
            split=2,
            tolerance=1e-4,
        )

    @pytest.mark.parametrize(
        ("kwargs", "count"),
        [
            ({}, 10_589_888),
            ({"variant": "tensorflow1"}, 10_600_388),
        ],
    )
    def test_published_numbers_of_parameters(self, kwargs, count):
        generator = UGATITGenerator(light=True, **kwargs)
        generator.build()
        assert generator.count_params() == count

    def test_kernels_start_differently(self):
        generator = UGATITGenerator(**TINY)
        generator.build()
        block = generator.decoder_blocks[0]
        encoder = generator.encoder_blocks[0]
        kernels = [
            layer.kernel.numpy()
            for layer in (
                block.conv_1,
                block.conv_2,
                encoder.conv_1,
                encoder.conv_2,
            )
        ]
        for number, kernel in enumerate(kernels):
            limit = (9 * kernel.shape[2]) ** -0.5
            assert 0.8 * limit < np.abs(kernel).max() <= limit
            for other in kernels[:number]:
                assert np.abs(kernel - other).max() > 0.1 * limit

    def test_rho_is_clipped(self):
        generator = UGATITGenerator(**TINY)
        generator.build()
        assert len(generator.rho_variables) == 4
        for rho in generator.rho_variables:
            rho.assign(np.linspace(-0.5, 1.5, rho.shape[0]))
        tf.function(generator.clip_rho)()
        for rho in generator.rho_variables:
            expected = np.linspace(-0.5, 1.5, rho.shape[0]).clip(0.0, 1.0)
            np.testing.assert_allclose(rho.numpy(), expected, rtol=1e-6)

    def test_rho_is_clipped_on_all_replicas(self, mirrored):
        with mirrored.scope():
            generator = UGATITGenerator(**TINY)
            generator.build()
        for rho in generator.rho_variables:
            rho.assign(tf.fill(rho.shape, 1.5))
        mirrored.run(tf.function(generator.clip_rho))
        for rho in generator.rho_variables:
            for copy in mirrored.experimental_local_results(rho.value):
                np.testing.assert_array_equal(copy.numpy(), 1.0)

    def test_light_generators_take_any_size(self):
        generator = UGATITGenerator(**TINY)
        generator.build()
        outputs = generator(images(1, 12, 5, 3))
        assert outputs["image"].shape == (1, 12, 8, 3)
        assert outputs["heat_map"].shape == (1, 3, 2, 1)
        graph = tf.function(
            generator, input_signature=[tf.TensorSpec((None, None, None, 3))]
        )
        for shape in ((1, 12, 5, 3), (2, 8, 16, 3)):
            x = images(*shape)
            np.testing.assert_allclose(
                graph(x)["image"], generator(x)["image"], atol=1e-5
            )

    def test_the_shares_of_its_first_layers_are_clipped_too(self):
        generator = UGATITGenerator(
            **TINY, encoder_normalization="layer_instance"
        )
        generator.build()
        generator.stem.norm.rho.assign([2.0, -1.0])
        generator.clip_rho()
        np.testing.assert_array_equal(generator.stem.norm.rho, [1.0, 0.0])

    def test_an_unknown_normalization_is_refused(self):
        with pytest.raises(ValueError, match="normalization='batch'"):
            UGATITGenerator(**TINY, encoder_normalization="batch").build()

    def test_wrong_sizes_are_refused(self):
        with pytest.raises(ValueError, match="multiple of 4.*image_size=30"):
            UGATITGenerator(30)
        with pytest.raises(ValueError, match="8 at least"):
            UGATITGenerator(4)
        with pytest.raises(ValueError, match="variant='keras'"):
            UGATITGenerator(variant="keras")
        generator = UGATITGenerator(**TINY)
        with pytest.raises(ValueError, match="at least 5.*4 x 16"):
            generator(images(1, 4, 16, 3))
        generator = UGATITGenerator(**{**TINY, "light": False})
        with pytest.raises(ValueError, match="8 x 8 pixels only.*16 x 16"):
            generator(images(1, 16, 16, 3))


def _check_published(arrays, generator, entries, gradient_tolerance):
    layout = Layout(generator.variant)
    x = tf.constant(layout.ours(arrays["in/x"]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        outputs = generator(x)
        target = weighted_outputs(outputs, arrays, layout, GENERATOR_OUTPUTS)
    assert_outputs(outputs, arrays, layout, GENERATOR_OUTPUTS, 1e-4)
    expected = group(arrays, "grad")
    by_input = layout.published(tape.gradient(target, x))
    assert_close(by_input, expected.pop("x"), gradient_tolerance, "x")
    gradients = published_gradients(entries, tape, target)
    assert set(gradients) == set(expected)
    return gradients, expected


@pytest.mark.golden
@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("file", ["generator_light", "generator_full"])
def test_ugatit_generator_is_reproduced(file, recompute):
    arrays = load("ugatit", file)
    generator, entries = pytorch_generator(
        arrays, file == "generator_light", recompute=recompute
    )
    gradients, expected = _check_published(arrays, generator, entries, 2e-4)
    assert_gradients(gradients, expected, 2e-4)


@pytest.mark.golden
@pytest.mark.parametrize("shape", ["rect", "odd"])
def test_ugatit_light_generator_takes_other_shapes(shape):
    arrays = load("ugatit", "generator_light")
    generator, _ = pytorch_generator(arrays, light=True)
    outputs = generator(nhwc(arrays[f"in/x_{shape}"]))
    assert_outputs(
        outputs,
        arrays,
        Layout("pytorch"),
        GENERATOR_OUTPUTS,
        1e-4,
        pattern=f"{{}}_{shape}",
    )


@pytest.mark.golden
@pytest.mark.parametrize("file", ["generator_light", "generator_full"])
def test_ugatit_activations_are_reproduced(file):
    arrays = load("ugatit", file)
    generator, _ = pytorch_generator(arrays, file == "generator_light")
    found = {}
    x = tf.constant(nhwc(arrays["in/x"]))
    found["stem"] = x = generator.stem(x)
    for block in generator.down_blocks:
        found["down"] = x = block(x)
    for block in generator.encoder_blocks:
        found["encoded"] = x = block(x)
    _, x, _ = generator.attention(x)
    found["attended"] = x
    gamma, beta = found["gamma"], found["beta"] = generator.modulation(x)
    for number, block in enumerate(generator.decoder_blocks, 1):
        found[f"upblock1_{number}"] = x = block(x, gamma, beta)
    for number, block in enumerate(generator.up_blocks, 1):
        found[f"up{number}"] = x = block(x)
    for name, value in found.items():
        value = nchw(value) if value.shape.rank == 4 else value
        assert_close(value, arrays[f"mid/{name}"], 1e-4, name)
    assert set(group(arrays, "mid")) - set(found) == {"cam_concat", "mlp"}


@pytest.mark.golden
@pytest.mark.parametrize("file", ["tf1_generator_light", "tf1_generator_full"])
def test_ugatit_tensorflow1_generator_is_reproduced(file):
    arrays = load("ugatit", file)
    generator, entries = tensorflow1_generator(arrays, file.endswith("light"))
    gradients, expected = _check_published(arrays, generator, entries, 3e-4)
    # A bias in front of an instance normalization has no gradient but the
    # rounding of the published program.
    parts = ("/conv/", "/conv_0/conv2d", "/conv_1/conv2d", "/resblock_")
    idle = [
        key
        for key in expected
        if key.endswith("bias")
        and "adaptive" not in key
        and any(part in key for part in parts)
    ]
    assert len(idle) == 3 + 2 * len(generator.encoder_blocks)
    for key in idle:
        np.testing.assert_allclose(
            gradients[key], expected.pop(key), atol=1e-3, err_msg=key
        )
    assert_gradients(gradients, expected, 3e-4)
