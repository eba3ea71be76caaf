import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.models.ugatit.published_networks import DISCRIMINATOR_OUTPUTS
from tests.models.ugatit.published_networks import Layout
from tests.models.ugatit.published_networks import assert_outputs
from tests.models.ugatit.published_networks import pytorch_discriminator
from tests.models.ugatit.published_networks import tensorflow1_discriminators
from tests.models.ugatit.published_networks import weighted_outputs
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import published_gradients
from tests.test_case import TestCase
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator

TINY = {"layers": 4, "width": 2}


def images(*shape, seed=0):
    draw = np.random.default_rng(seed).uniform
    return draw(-1.0, 1.0, shape).astype("float32")


class TestUGATITDiscriminator(TestCase):
    @pytest.mark.parametrize(
        ("kwargs", "size", "weights", "vectors"),
        [
            # Trunk with biases, classifiers, fusion and head.
            ({}, 3, 6 + 2 + 2 + 1, 2 * (3 + 2 + 1)),
            ({"spectral_normalization": False}, 3, 6 + 2 + 2 + 1, 0),
            ({"variant": "tensorflow1"}, 4, 6 + 2 + 2 + 2, 3 + 1 + 1),
        ],
    )
    def test_contract(self, kwargs, size, weights, vectors):
        logit = 2 if size == 3 else size
        self.run_layer_test(
            UGATITDiscriminator,
            {**TINY, **kwargs},
            input_data=images(2, 16, 16, 3),
            # In the order of their names.
            expected_output_shape=[
                (2, 2),
                (2, size, size, 1),
                (2, logit, logit, 1),
            ],
            expected_trainable_weights=weights,
            expected_non_trainable_weights=vectors,
            float32_outputs=range(3),
        )

    @pytest.mark.parametrize("variant", ["pytorch", "tensorflow1"])
    def test_replicas_equal_one_device(self, mirrored, variant):
        self.run_layer_replica_test(
            lambda: UGATITDiscriminator(**TINY, variant=variant),
            images(3, 12, 12, 3),
            mirrored,
            split=2,
        )

    @pytest.mark.parametrize(
        ("variant", "trainable"),
        [("pytorch", 3_290_560), ("tensorflow1", 3_290_050)],
    )
    def test_published_numbers_of_parameters(self, variant, trainable):
        discriminator = UGATITDiscriminator(variant=variant)
        discriminator.build()
        sizes = [np.prod(w.shape) for w in discriminator.trainable_weights]
        assert sum(sizes) == trainable
        if variant == "pytorch":
            assert discriminator.count_params() == 3_307_955

    def test_published_numbers_of_a_global_discriminator(self):
        # A quarter of the published width: the formula without its size.
        discriminator = UGATITDiscriminator(layers=7, width=16)
        discriminator.build()
        widths = [3, 16, 32, 64, 128, 256, 512]
        expected = 16 * sum(
            i * o for i, o in zip(widths, widths[1:], strict=False)
        )
        expected += sum(widths[1:]) + 512 * 1024 + 512 + 2 * 512 + 16 * 512
        sizes = [np.prod(w.shape) for w in discriminator.trainable_weights]
        assert sum(sizes) == expected
        assert discriminator.smallest_image_size == 96

    @pytest.mark.parametrize("variant", ["pytorch", "tensorflow1"])
    def test_two_passes_equal_one_after_the_other(self, variant):
        single, joint = (
            UGATITDiscriminator(**TINY, variant=variant) for _ in range(2)
        )
        for network in (single, joint):
            network.build()
        joint.set_weights(single.get_weights())
        parts = [images(2, 16, 16, 3), images(2, 16, 16, 3, seed=1)]
        with tf.GradientTape(persistent=True) as tape:
            expected = [single(x, training=True) for x in parts]
            got = joint(np.concatenate(parts), training=True, passes=2)
            totals = []
            for outputs in (
                {k: tf.concat([e[k] for e in expected], 0) for k in got},
                got,
            ):
                totals.append(
                    tf.add_n(
                        [tf.reduce_sum(tf.square(v)) for v in outputs.values()]
                    )
                )
        for name, value in got.items():
            parts = tf.concat([outputs[name] for outputs in expected], 0)
            assert_close(value, parts, 1e-5, name)
        for one, other in zip(single.weights, joint.weights, strict=True):
            assert_close(other.numpy(), one.numpy(), 1e-6, one.path)
        for one, other in zip(
            single.trainable_weights, joint.trainable_weights, strict=True
        ):
            assert_close(
                tape.gradient(totals[1], other.value),
                tape.gradient(totals[0], one.value),
                1e-4,
                one.path,
            )

    def test_wrong_sizes_are_refused(self):
        with pytest.raises(ValueError, match="layers=2"):
            UGATITDiscriminator(layers=2)
        with pytest.raises(ValueError, match="variant='keras'"):
            UGATITDiscriminator(variant="keras")
        discriminator = UGATITDiscriminator(**TINY)
        with pytest.raises(ValueError, match="at least 12 x 12.*11 x 16"):
            discriminator(images(1, 11, 16, 3))
        assert discriminator(images(1, 12, 12, 3))["logit"].shape[1] == 1
        assert UGATITDiscriminator(5).smallest_image_size == 24


@pytest.mark.golden
@pytest.mark.parametrize(
    "file", ["discriminator_local", "discriminator_global"]
)
def test_ugatit_discriminator_is_reproduced(file):
    arrays = load("ugatit", file)
    layout, names = Layout("pytorch"), DISCRIMINATOR_OUTPUTS
    discriminator, entries = pytorch_discriminator(arrays)
    x = tf.constant(layout.ours(arrays["in/x"]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        outputs = discriminator(x, training=True)
        target = weighted_outputs(outputs, arrays, layout, names)
    assert_outputs(outputs, arrays, layout, names, 5e-5)
    assert_buffers(entries, group(arrays, "out/after1"), 1e-5)
    expected = group(arrays, "grad")
    by_input = layout.published(tape.gradient(target, x))
    assert_close(by_input, expected.pop("x"), 1e-4, "x")
    gradients = published_gradients(entries, tape, target)
    assert set(gradients) == set(expected)
    assert_gradients(gradients, expected, 1e-4)

    second = discriminator(x, training=True)
    assert_outputs(second, arrays, layout, names, 5e-5, "{}_second")
    assert_buffers(entries, group(arrays, "out/after2"), 1e-5)
    evaluated = discriminator(x, training=False)
    assert_outputs(evaluated, arrays, layout, names, 5e-5, "{}_eval")
    assert_buffers(entries, group(arrays, "out/after2"), 1e-5)


@pytest.mark.golden
def test_ugatit_tensorflow1_discriminators_are_reproduced():
    arrays = load("ugatit", "tf1_discriminators")
    layout, names = Layout("tensorflow1"), DISCRIMINATOR_OUTPUTS
    discriminators, entries = tensorflow1_discriminators(arrays)
    x = tf.constant(arrays["in/x"])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        target = 0.0
        for kind, discriminator in discriminators.items():
            outputs = discriminator(x, training=True)
            pattern = f"{kind}_{{}}"
            assert_outputs(outputs, arrays, layout, names, 1e-4, pattern)
            target += weighted_outputs(outputs, arrays, layout, names, pattern)
    assert_buffers(entries, group(arrays, "out/after1"), 1e-5)
    expected = group(arrays, "grad")
    assert_close(tape.gradient(target, x), expected.pop("x"), 3e-4, "x")
    gradients = published_gradients(entries, tape, target)
    assert set(gradients) == set(expected)
    assert_gradients(gradients, expected, 3e-4)
