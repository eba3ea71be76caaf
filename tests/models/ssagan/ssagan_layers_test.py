import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import nchw
from tests.models.text_to_image.published_networks import MODULE
from tests.models.text_to_image.published_networks import (
    assert_published_gradients,
)
from tests.models.text_to_image.published_networks import assert_state
from tests.models.text_to_image.published_networks import assert_within
from tests.models.text_to_image.published_networks import gradients_with_inputs
from tests.models.text_to_image.published_networks import load_fixture
from tests.models.text_to_image.published_networks import tensor
from tests.models.text_to_image.published_networks import zero_gradients
from tests.published import load_all
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.convert import one_stage_weights
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.models.ssagan.ssagan_layers import MaskPredictor
from tfragan.models.ssagan.ssagan_layers import SemanticSpatialBlock
from tfragan.models.ssagan.ssagan_layers import SemanticSpatialNormalization

MODES = ("train", "eval")


def inputs_of_a_block(channels):
    draw = np.random.default_rng(0)
    return {
        "inputs": draw.standard_normal((2, 4, 5, channels)).astype("float32"),
        "sentence_embedding": draw.standard_normal((2, 6)).astype("float32"),
        "semantic_mask": draw.uniform(0, 1, (2, 4, 5, 1)).astype("float32"),
    }


class TestLayersOfSSAGAN(TestCase):
    def test_contract_of_the_mask_predictor(self):
        self.run_layer_test(
            MaskPredictor,
            {"hidden_filters": 5},
            input_shapes=(2, 4, 6, 3),
            expected_output_shape=(2, 4, 6, 1),
            expected_trainable_weights=6,
            expected_non_trainable_weights=2,
        )

    def test_contract_of_the_normalization(self):
        self.run_layer_test(
            SemanticSpatialNormalization,
            {"hidden_units": 7},
            input_data=inputs_of_a_block(3),
            expected_output_shape=(2, 4, 5, 3),
            expected_trainable_weights=8,
            expected_non_trainable_weights=2,
            # The last projections start at zero.
            without_gradient=("kernel", "bias"),
        )

    @pytest.mark.parametrize(("filters", "weights"), [(3, 21), (4, 23)])
    def test_contract_of_the_block(self, filters, weights):
        self.run_layer_test(
            SemanticSpatialBlock,
            {"filters": filters, "hidden_units": 7},
            input_data=inputs_of_a_block(3),
            expected_output_shape=(2, 4, 5, filters),
            expected_trainable_weights=weights,
            expected_non_trainable_weights=4,
            # The residual starts at zero, and all in it has no gradient.
            without_gradient=("kernel", "bias"),
        )

    def test_where_the_mask_is_zero_the_sentence_has_no_say(self):
        layer = SemanticSpatialNormalization(7)
        data = {k: tf.constant(v) for k, v in inputs_of_a_block(3).items()}
        mask = np.zeros((2, 4, 5, 1), "float32")
        mask[:, :2] = 1.0
        layer.build((2, 4, 5, 3), (2, 6))
        layer.shift.output_projection.kernel.assign(tf.ones((7, 3)))
        data["semantic_mask"] = tf.constant(mask)
        plain = layer.normalization(data["inputs"], training=False)
        changed = np.any(np.abs(layer(**data) - plain) > 1e-6, axis=-1)
        np.testing.assert_array_equal(changed, mask[..., 0] > 0)


@pytest.mark.golden
@pytest.mark.parametrize("mode", MODES)
def test_ssagan_normalization_equals_the_published_one(mode):
    arrays = load_fixture("ssagan_ssbn")
    x, sentence, mask = (tensor(arrays, name) for name in ("x", "y", "mask"))
    layer = SemanticSpatialNormalization(
        len(arrays["param/fc_gamma.linear1.weight"])
    )
    layer.build(x.shape, sentence.shape)
    entries = one_stage_weights.normalization_entries(layer, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, sentence, mask])
        y = layer(x, sentence, mask, training=mode == "train")
        total = weighted_sum([y], [tensor(arrays, "cotangent")])
    assert_within(nchw(y), arrays[f"out/{mode}/y"], 1e-4, 1e-6)
    assert_published_gradients(
        gradients_with_inputs(
            entries, tape, total, {"x": x, "y": sentence, "mask": mask}
        ),
        group(arrays, f"grad/{mode}"),
        MODULE,
    )
    if mode == "train":
        assert_state(entries, group(arrays, "state"))


@pytest.mark.golden
@pytest.mark.parametrize("mode", MODES)
def test_ssagan_mask_predictor_equals_the_published_one(mode):
    arrays = load_fixture("ssagan_mask_predictor")
    x = tensor(arrays, "x")
    predictor = MaskPredictor(len(arrays["param/0.weight"]))
    predictor.build(x.shape)
    entries = one_stage_weights.mask_predictor_entries(predictor, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        logits = predictor(x, training=mode == "train")
        size = (2 * x.shape[1], 2 * x.shape[2])
        enlarged = bilinear_resize(logits, size, align_corners=True)
        mask = tf.sigmoid(enlarged)
        total = weighted_sum([mask], [tensor(arrays, "cotangent")])
    for name, value in {
        "logits": logits,
        "mask": tf.sigmoid(logits),
        "logits_up": enlarged,
        "mask_up": mask,
    }.items():
        assert_within(nchw(value), arrays[f"out/{mode}/{name}"], 1e-4, 1e-6)
    assert_published_gradients(
        gradients_with_inputs(entries, tape, total, {"x": x}),
        group(arrays, f"grad/{mode}"),
        MODULE,
        zero_gradients(arrays, prefix=f"{mode}/"),
    )
    if mode == "train":
        assert_state(entries, group(arrays, "state"))


@pytest.mark.golden
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["same", "change", "last"])
def test_ssagan_block_equals_the_published_one(kind, mode):
    arrays = load_fixture(f"ssagan_block_{kind}")
    x, sentence, mask = (tensor(arrays, name) for name in ("x", "y", "mask"))
    parameters = group(arrays, "param")
    block = SemanticSpatialBlock(
        len(parameters["c1.weight"]),
        len(parameters["affine0.fc_gamma.linear1.weight"]),
    )
    block.build(x.shape, sentence.shape)
    entries = one_stage_weights.ssagan_block_entries(block, "")
    predictor = None
    if kind != "last":
        predictor = MaskPredictor(len(parameters["conv_mask.0.weight"]))
        predictor.build(block.compute_output_shape(x.shape))
        entries += one_stage_weights.mask_predictor_entries(
            predictor, "conv_mask."
        )
    load_all(entries, parameters)
    training = mode == "train"
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, sentence, mask])
        outputs = {"y": block(x, sentence, mask, training=training)}
        weights = [tensor(arrays, "cotangent")]
        if predictor is not None:
            outputs["mask_logits"] = predictor(outputs["y"], training=training)
            weights.append(tensor(arrays, "cotangent_mask"))
        total = weighted_sum(list(outputs.values()), weights)
    for name, value in outputs.items():
        assert_within(nchw(value), arrays[f"out/{mode}/{name}"], 1e-4, 1e-6)
    assert_published_gradients(
        gradients_with_inputs(
            entries, tape, total, {"x": x, "y": sentence, "mask": mask}
        ),
        group(arrays, f"grad/{mode}"),
        MODULE,
        zero_gradients(arrays, prefix=f"{mode}/"),
    )
    if training:
        assert_state(entries, group(arrays, "state"))
