import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_buffers
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tfragan.convert import attngan_weights
from tfragan.layers import ConditioningAugmentation
from tfragan.layers import GatedLinearUnit
from tfragan.layers import WordContextAttention
from tfragan.models.attngan.attngan_layers import GatedResidualBlock
from tfragan.models.attngan.attngan_layers import ImageHead
from tfragan.models.attngan.attngan_layers import LeakyConvolution
from tfragan.models.attngan.attngan_layers import UpsampleBlock


def _down_entries(block):
    return attngan_weights.leaky_convolution_entries(block, "")


BLOCKS = {
    "resblock": (
        lambda filters: GatedResidualBlock(filters),
        lambda block: attngan_weights.residual_entries(block, ""),
    ),
    "upblock": (
        lambda filters: UpsampleBlock(filters),
        lambda block: attngan_weights.upsample_entries(block, ""),
    ),
    "get_image_g": (
        lambda filters: ImageHead(),
        lambda block: attngan_weights.image_head_entries(block, ""),
    ),
    "downblock": (
        lambda filters: LeakyConvolution(filters, 4, 2),
        _down_entries,
    ),
    "block3x3_leakrelu": (
        lambda filters: LeakyConvolution(filters),
        _down_entries,
    ),
    "glu": (lambda filters: GatedLinearUnit(), lambda block: []),
}


@pytest.mark.golden
@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_attngan_block_equals_the_published_one(name):
    arrays = load("attngan", "blocks")
    make, map_entries = BLOCKS[name]
    x = tf.constant(nhwc(arrays[f"in/{name}/x"]))
    cotangent = nhwc(arrays[f"in/{name}/cot"])
    block = make(cotangent.shape[-1])
    block.build(x.shape)
    entries = map_entries(block)
    load_all(entries, group(arrays, f"param/{name}"))
    options = {} if name in ("glu", "get_image_g") else {"training": False}
    evaluated = block(x, **options)
    assert_close(nchw(evaluated), arrays[f"out/{name}/eval/y"], 1e-5)
    if options:
        options["training"] = True
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = block(x, **options)
        target = tf.reduce_sum(y * cotangent)
    assert_close(nchw(y), arrays[f"out/{name}/train/y"], 1e-5)
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, f"grad/{name}"), 5e-5)
    assert_close(
        nchw(tape.gradient(target, x)), arrays[f"grad/{name}/in/x"], 5e-5
    )
    buffers = group(arrays, f"out/{name}/train/buffer")
    if buffers:
        assert_buffers(entries, buffers, 1e-5)


@pytest.mark.golden
def test_attngan_conditioning_augmentation_equals_the_published_one():
    arrays = load("attngan", "ca_net")
    names = ("c_code", "mu", "logvar")
    layer = ConditioningAugmentation(arrays["in/eps"].shape[-1])
    layer.build(arrays["in/sent_emb"].shape)
    entries = attngan_weights.conditioning_entries(layer, "")
    load_all(entries, group(arrays, "param"))
    sentence = tf.constant(arrays["in/sent_emb"])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(sentence)
        outputs = layer(sentence, arrays["in/eps"])
        target = tf.add_n(
            [
                tf.reduce_sum(output * arrays[f"in/cot_{name}"])
                for name, output in zip(names, outputs, strict=True)
            ]
        )
    for name, output in zip(names, outputs, strict=True):
        assert_close(output, arrays[f"out/{name}"], 1e-5, name)
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, "grad"), 5e-5)
    assert_close(
        tape.gradient(target, sentence), arrays["grad/in/sent_emb"], 5e-5
    )


@pytest.mark.golden
@pytest.mark.parametrize("mask", ["ref_mask", "no_mask", "correct_mask"])
def test_attngan_word_attention_equals_the_published_one(mask):
    arrays = load("attngan", "global_attention")
    order = "published" if mask == "ref_mask" else "correct"
    h = tf.constant(nhwc(arrays["in/h_code"]))
    words = tf.constant(arrays["in/word_embs"].transpose(0, 2, 1))
    word_mask = ~arrays["in/mask"]
    if mask == "no_mask":
        word_mask = word_mask | True
    layer = WordContextAttention(order)
    layer.build(h.shape, words.shape)
    entries = attngan_weights.attention_entries(layer, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([h, words])
        context, attention = layer(h, words, word_mask)
        target = tf.reduce_sum(
            context * nhwc(arrays["in/cot_context"])
        ) + tf.reduce_sum(attention * nhwc(arrays["in/cot_attn"]))
    assert_close(nchw(context), arrays[f"out/{mask}/context"], 1e-5)
    assert_close(nchw(attention), arrays[f"out/{mask}/attn"], 1e-5)
    expected = group(arrays, f"grad/{mask}")
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, expected, 5e-5)
    grad_h, grad_words = tape.gradient(target, [h, words])
    assert_close(nchw(grad_h), expected["in/h_code"], 5e-5)
    assert_close(
        grad_words.numpy().transpose(0, 2, 1), expected["in/word_embs"], 5e-5
    )
