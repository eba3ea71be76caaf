import pytest

from tests.golden import group
from tests.golden import load
from tests.models.attngan.published_generator import (
    assert_generator_equals_published,
)
from tests.models.attngan.published_generator import assert_generator_outputs
from tests.models.attngan.published_generator import assert_refinement_stage
from tests.models.attngan.published_generator import run_generator
from tests.published import load_all
from tfragan.convert import dmgan_weights
from tfragan.convert.published_network import PublishedNetwork
from tfragan.models import DMGANGenerator
from tfragan.models.dmgan.dmgan_generator import MemoryStage

# The order of the mask, and what the names of each variant end in.
VARIANTS = {"published": "", "correct": "_correct_mask"}


@pytest.mark.golden
@pytest.mark.parametrize("mask_order", VARIANTS)
def test_dmgan_memory_stage_equals_the_published_one(mask_order):
    arrays = load("dmgan", "next_stage_g")
    parameters = group(arrays, "param")
    blocks = {k.split(".")[1] for k in parameters if k.startswith("residual")}
    _, width, size, _ = arrays["in/h_code"].shape
    batch, dim, words = arrays["in/word_embs"].shape
    stage = MemoryStage(width, len(blocks), mask_order)
    stage.build((batch, size, size, width), (batch, words, dim))
    entries = dmgan_weights.memory_stage_entries(stage, "")
    load_all(entries, parameters)
    assert_refinement_stage(
        stage, entries, arrays, VARIANTS[mask_order], 2e-5, 2e-4
    )


def make_generator(parameters, mask_order):
    sizes = dmgan_weights.generator_sizes(PublishedNetwork("", parameters))
    sizes["width"] = sizes.pop("generator_width")
    generator = DMGANGenerator(**sizes, mask_order=mask_order)
    generator.build()
    entries = dmgan_weights.generator_entries(generator)
    load_all(entries, parameters)
    return generator, entries


def cancelling(names):
    """Limits of gradients that cancel strongly, of the specification."""
    parts = (
        ".A.weight",
        ".B.weight",
        ".key.0.bias",
        ".response_gate.0.bias",
        "block.4.bias",
    )
    return {name: 1e-2 for name in names if name.endswith(parts)}


@pytest.mark.golden
def test_dmgan_generator_equals_the_published_one():
    arrays = load("dmgan", "g_net")
    parameters = group(arrays, "param")
    generator, entries = make_generator(parameters, "published")
    assert_generator_equals_published(
        generator, entries, arrays, cancelling(parameters)
    )


@pytest.mark.golden
def test_dmgan_generator_with_the_correct_mask_equals_the_published_one():
    arrays = load("dmgan", "g_net")
    generator, _ = make_generator(group(arrays, "param"), "correct")
    trained = run_generator(generator, arrays, training=True)
    assert_generator_outputs(trained, arrays, "train_correct_mask", 1e-3)


@pytest.mark.golden
def test_dmgan_correct_mask_equals_samples_generated_one_by_one():
    arrays = load("dmgan", "g_net")
    generator, _ = make_generator(group(arrays, "param"), "correct")
    outputs = run_generator(generator, arrays, training=False)
    assert_generator_outputs(outputs, arrays, "eval_single", 5e-5)
