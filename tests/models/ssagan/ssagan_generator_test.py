import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import nchw
from tests.models.text_to_image import published_networks as published
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.models import SSAGANGenerator

SIZES = {
    "embedding_dim": 6,
    "width": 2,
    "noise_dim": 5,
    "mask_filters": 3,
}


class TestSSAGANGenerator(TestCase):
    @pytest.mark.parametrize(("size", "blocks"), [(64, 5), (128, 6), (256, 7)])
    def test_the_number_of_blocks_sets_the_size(self, size, blocks):
        generator = SSAGANGenerator(size, **SIZES)
        outputs = generator(tf.zeros((1, 6)), tf.zeros((1, 5)))
        assert outputs["image"].shape == (1, size, size, 3)
        sizes = tuple(4 << block for block in range(blocks))
        assert generator.mask_sizes == sizes
        for mask, side in zip(outputs["masks"], sizes, strict=True):
            assert mask.shape == (1, side, side, 1)
            assert float(tf.reduce_min(mask)) >= 0.0
            assert float(tf.reduce_max(mask)) <= 1.0

    @pytest.mark.parametrize("size", [16, 96, 0])
    def test_other_sizes_are_refused(self, size):
        with pytest.raises(ValueError, match="power of two.*Received"):
            SSAGANGenerator(size)

    def test_the_published_size_has_the_published_number_of_weights(self):
        generator = SSAGANGenerator()
        generator.build()
        count = sum(
            np.prod(weight.shape) for weight in generator.trainable_weights
        )
        assert count == 29_494_273


def _outputs(generator, arrays, training):
    return generator(
        published.tensor(arrays, "sent"),
        published.tensor(arrays, "noise"),
        training=training,
    )


def _assert_outputs(outputs, arrays):
    published.assert_within(
        nchw(outputs["image"]), arrays["out/image"], 1e-4, 1e-6, "image"
    )
    for mask in outputs["masks"]:
        name = f"mask_{mask.shape[1]}"
        published.assert_within(
            nchw(mask), arrays[f"out/{name}"], 1e-4, 1e-6, name
        )
    listed = [name for name in arrays if name.startswith("out/mask_")]
    assert len(listed) == len(outputs["masks"])


@pytest.mark.golden
def test_ssagan_generator_in_inference_equals_the_published_one():
    arrays = published.load_fixture("ssagan_generator_eval")
    size = arrays["out/image"].shape[-1]
    generator, _ = published.ssagan_generator(group(arrays, "param"), size)
    _assert_outputs(_outputs(generator, arrays, False), arrays)


@pytest.mark.golden
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [
        ("float64", published.NETWORK),
        ("float32", published.WITH_JUMPS),
    ],
)
def test_ssagan_generator_in_training_equals_the_published_one(
    dtype, tolerance
):
    arrays = published.load_fixture("ssagan_generator_train")
    size = arrays["out/image"].shape[-1]
    generator, entries = published.ssagan_generator(
        group(arrays, "param"), size, dtype
    )
    inputs = {
        name: published.tensor(arrays, name) for name in ("noise", "sent")
    }
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        outputs = generator(inputs["sent"], inputs["noise"], training=True)
        total = weighted_sum(
            [outputs["image"]], [published.tensor(arrays, "cotangent")]
        )
    _assert_outputs(outputs, arrays)
    # The specification's tolerance in float64; in float32 statistics of the
    # last blocks carry the rounding of all before them.
    published.assert_state(
        entries,
        group(arrays, "state"),
        1e-5 if dtype == "float64" else 1e-4,
    )
    published.assert_published_gradients(
        published.gradients_with_inputs(entries, tape, total, inputs),
        group(arrays, "grad"),
        tolerance,
        published.zero_gradients(arrays),
    )
