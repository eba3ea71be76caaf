import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.attngan.published_generator import (
    assert_generator_equals_published,
)
from tests.models.attngan.published_generator import assert_generator_outputs
from tests.models.attngan.published_generator import assert_refinement_stage
from tests.models.attngan.published_generator import run_generator
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tfragan.convert import attngan_weights
from tfragan.models.attngan.attngan_generator import AttnGANGenerator
from tfragan.models.attngan.attngan_generator import InitialStage
from tfragan.models.attngan.attngan_generator import RefinementStage


@pytest.mark.golden
def test_attngan_initial_stage_equals_the_published_one():
    arrays = load("attngan", "init_stage_g")
    noise, condition = (
        tf.constant(arrays[key]) for key in ("in/z", "in/c_code")
    )
    cotangent = nhwc(arrays["in/cot_h_code"])
    stage = InitialStage(cotangent.shape[-1], cotangent.shape[1])
    stage.build(condition.shape, noise.shape)
    entries = attngan_weights.initial_stage_entries(stage, "")
    load_all(entries, group(arrays, "param"))
    evaluated = stage(condition, noise, training=False)
    assert_close(nchw(evaluated), arrays["out/eval/h_code"], 2e-5)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([noise, condition])
        h = stage(condition, noise, training=True)
        target = tf.reduce_sum(h * cotangent)
    assert_close(nchw(h), arrays["out/train/h_code"], 2e-5)
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, "grad"), 2e-4)
    for value, key in ((noise, "z"), (condition, "c_code")):
        expected = arrays[f"grad/in/{key}"]
        assert_close(tape.gradient(target, value), expected, 2e-4, key)
    assert_buffers(entries, group(arrays, "out/train/buffer"), 2e-5)


@pytest.mark.golden
def test_attngan_refinement_stage_equals_the_published_one():
    arrays = load("attngan", "next_stage_g")
    h = tf.constant(nhwc(arrays["in/h_code"]))
    words = tf.constant(arrays["in/word_embs"].transpose(0, 2, 1))
    parameters = group(arrays, "param")
    blocks = {k.split(".")[1] for k in parameters if k.startswith("residual")}
    stage = RefinementStage(h.shape[-1], len(blocks), mask_order="published")
    stage.build(h.shape, words.shape)
    entries = attngan_weights.refinement_entries(stage, "")
    load_all(entries, parameters)
    assert_refinement_stage(stage, entries, arrays, "", 1e-5, 5e-5)


def make_generator(arrays, parameters, every_stage, mask_order):
    width = parameters["h_net2.att.conv_context.weight"].shape[0]
    blocks = {
        key.split(".")[2] for key in parameters if ".residual." in key[:20]
    }
    noise = arrays["in/z"] if "in/z" in arrays else arrays["in/noise"]
    generator = AttnGANGenerator(
        embedding_dim=arrays["in/sent_emb"].shape[-1],
        base_size=64,
        stages=1 + len({k[:6] for k in parameters if ".att." in k}),
        width=width,
        noise_dim=noise.shape[-1],
        condition_dim=arrays["in/eps"].shape[-1],
        residual_blocks=len(blocks),
        image_every_stage=every_stage,
        mask_order=mask_order,
    )
    generator.build()
    entries = attngan_weights.generator_entries(generator)
    load_all(entries, parameters)
    return generator, entries


@pytest.mark.golden
@pytest.mark.parametrize("file", ["g_net", "g_dcgan"])
def test_attngan_generator_equals_the_published_one(file):
    arrays = load("attngan", file)
    generator, entries = make_generator(
        arrays, group(arrays, "param"), file == "g_net", "published"
    )
    # Shifts of the last normalization before the sum of a residual block
    # cancel strongly.
    cancelling = {
        key: 5e-3
        for entry in entries
        for key in entry.keys
        if key.endswith("block.4.bias")
    }
    assert_generator_equals_published(generator, entries, arrays, cancelling)


@pytest.mark.golden
def test_attngan_correct_mask_equals_samples_generated_one_by_one():
    arrays = load("attngan", "g_net")
    generator, _ = make_generator(
        arrays, group(arrays, "param"), True, "correct"
    )
    outputs = run_generator(generator, arrays, training=False)
    assert_generator_outputs(outputs, arrays, "eval_single", 5e-5)
