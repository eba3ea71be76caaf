import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.network_layers_test import MIXED
from tests.models.network_layers_test import mask
from tests.models.network_layers_test import normal
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tests.published import published_values
from tests.published import weighted_sum
from tests.test_case import TestCase
from tfragan.convert import dmgan_weights
from tfragan.layers.word_context_attention import attend_to_words
from tfragan.models.dmgan.dmgan_layers import DynamicMemory
from tfragan.models.dmgan.dmgan_layers import SpectralConvolution

# The mask, and its order, of each variant of the fixtures.
MASKS = {
    "ref_mask": (True, "published"),
    "no_mask": (False, "correct"),
    "correct_mask": (True, "correct"),
}
every_mask = pytest.mark.parametrize("variant", MASKS)


class TestLayersOfDMGAN(TestCase):
    @pytest.mark.parametrize("mask_order", ["correct", "published"])
    def test_contract_of_the_memory(self, mask_order):
        self.run_layer_test(
            DynamicMemory,
            {"mask_order": mask_order},
            input_data={
                "image_features": normal(3, 4, 5, 6),
                "word_embeddings": normal(3, 5, 7, seed=1),
                "word_mask": mask((5, 2, 1), 5),
            },
            expected_output_shape=[(3, 4, 5, 6), (3, 4, 5, 5)],
            expected_trainable_weights=2 + 5 * 2,
            mixed_policies=MIXED,
            float32_outputs=(1,),
        )

    def test_contract_of_the_spectral_convolution(self):
        self.run_layer_test(
            SpectralConvolution,
            {"filters": 4, "kernel_size": 4, "strides": 2},
            input_shapes=(3, 8, 8, 6),
            expected_output_shape=(3, 4, 4, 4),
            expected_trainable_weights=2,
            expected_non_trainable_weights=2,
            mixed_policies=MIXED,
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            lambda: SpectralConvolution(4),
            normal(5, 4, 4, 6),
            mirrored,
            split=2,
        )


def words_of(array):
    """(batch, channels, words) to (batch, words, channels), and back."""
    return np.transpose(array, (0, 2, 1))


@pytest.mark.golden
@every_mask
def test_dmgan_addressing_and_reading_equal_the_published_ones(variant):
    arrays = load("dmgan", "memory")
    h = tf.constant(nhwc(arrays["in/h_code"]))
    key, value = (
        tf.constant(words_of(arrays[f"in/{name}"])) for name in ("key", "value")
    )
    masked, order = MASKS[variant]
    word_mask = tf.constant(~arrays["in/mask"]) if masked else None
    with tf.GradientTape() as tape:
        tape.watch([h, key, value])
        outputs = attend_to_words(h, key, value, word_mask, order)
        cotangents = [nhwc(arrays[f"in/cot_{n}"]) for n in ("context", "att")]
        target = weighted_sum(outputs, cotangents)
    for name, output in zip(("context", "att"), outputs, strict=True):
        expected = arrays[f"out/{variant}/{name}"]
        assert_close(nchw(output), expected, 1e-5, name)
    gradients = tape.gradient(target, [h, key, value])
    expected = group(arrays, f"grad/{variant}/in")
    assert_close(nchw(gradients[0]), expected["h_code"], 5e-5, "h")
    assert_close(words_of(gradients[1]), expected["key"], 5e-5, "key")
    assert_close(words_of(gradients[2]), expected["value"], 5e-5, "value")


def _memory(arrays, order):
    h = tf.constant(nhwc(arrays["in/h_code"]))
    words = tf.constant(words_of(arrays["in/word_embs"]))
    layer = DynamicMemory(order)
    layer.build(h.shape, words.shape)
    entries = dmgan_weights.memory_entries(layer, "")
    load_all(entries, group(arrays, "param"))
    return layer, entries, h, words


@pytest.mark.golden
def test_dmgan_memory_is_written_as_published():
    arrays = load("dmgan", "memory_block")
    layer, _, h, words = _memory(arrays, "correct")
    mean = tf.reduce_mean(h, (1, 2))
    slots = layer.write(mean, words)
    found = {
        "writing_gate": layer.writing_gate(mean, words),
        "word_part": layer.word_part(words),
        "image_part": layer.image_part(mean)[:, tf.newaxis],
        "memory": slots,
        "key": layer.key(slots),
        "value": layer.value(slots),
    }
    assert_close(mean, arrays["out/h_avg"], 1e-5)
    for name, value in found.items():
        assert_close(words_of(value), arrays[f"out/{name}"], 1e-5, name)


@pytest.mark.golden
@every_mask
def test_dmgan_memory_block_equals_the_published_one(variant):
    arrays = load("dmgan", "memory_block")
    masked, order = MASKS[variant]
    layer, entries, h, words = _memory(arrays, order)
    word_mask = tf.constant(~arrays["in/mask"]) if masked else None
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([h, words])
        outputs = layer(h, words, word_mask)
        cotangents = [nhwc(arrays[f"in/cot_{n}"]) for n in ("h_new", "att")]
        target = weighted_sum(outputs, cotangents)
    for name, output in zip(("h_new", "att"), outputs, strict=True):
        expected = arrays[f"out/{variant}/{name}"]
        assert_close(nchw(output), expected, 1e-5, name)
    context = tf.constant(nhwc(arrays[f"out/{variant}/context"]), "float32")
    gate = layer.response_gate(h, context)
    assert_close(nchw(gate), arrays[f"out/{variant}/response_gate"], 1e-5)
    expected = group(arrays, f"grad/{variant}")
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, expected, 5e-5)
    # With a gradient through the mean this is off by percents.
    grad_h, grad_words = tape.gradient(target, [h, words])
    assert_close(nchw(grad_h), expected["in/h_code"], 5e-5, "h")
    assert_close(words_of(grad_words), expected["in/word_embs"], 5e-5, "words")


@pytest.mark.golden
@pytest.mark.parametrize("name", ["downblock", "block3x3"])
def test_dmgan_spectral_convolution_equals_the_published_one(name):
    arrays = load("dmgan", "spectral_norm")
    keys = sorted(group(group(arrays, "in"), name))
    calls = [key[1:] for key in keys if key.startswith("x")]
    xs = [tf.constant(nhwc(arrays[f"in/{name}/x{i}"])) for i in calls]
    cotangents = [nhwc(arrays[f"in/{name}/cot{i}"]) for i in calls]
    parameters = group(arrays, f"param/{name}")
    (weight,) = (v for k, v in parameters.items() if k.endswith("weight_bar"))
    halves = cotangents[0].shape[1] < xs[0].shape[1]
    block = SpectralConvolution(
        len(weight), weight.shape[-1], strides=2 if halves else 1
    )
    block.build(xs[0].shape)
    entries = dmgan_weights.spectral_entries(block, "0.")
    load_all(entries, parameters)

    outputs = []
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(xs)
        for number, x in zip(calls, xs, strict=True):
            outputs.append(block(x, training=True))
            expected = group(arrays, f"out/{name}/call{number}")
            assert_close(nchw(outputs[-1]), expected["y"], 1e-5, number)
            values = published_values(entries)
            for vector in ("weight_u", "weight_v"):
                found = values[f"0.module.{vector}"]
                assert_close(found, expected[vector], 1e-5, vector)
            # Frozen it has the weight of its last call.
            sigma = block.convolution.sigma()
            assert_close(sigma, expected["sigma"][np.newaxis], 1e-5, "sigma")
            kernel = values["0.module.weight_bar"] / sigma.numpy()
            assert_close(kernel, expected["weight"], 1e-5, "weight")
            frozen = block(x, training=False)
            assert_close(nchw(frozen), expected["y"], 1e-5, "frozen")
        target = weighted_sum(outputs, cotangents)
    gradients = published_gradients(entries, tape, target)
    assert_gradients(gradients, group(arrays, f"grad/{name}"), 5e-5)
    for number, gradient in zip(calls, tape.gradient(target, xs), strict=True):
        expected = arrays[f"grad/{name}/in/x{number}"]
        assert_close(nchw(gradient), expected, 5e-5, f"x{number}")
    # Published, evaluation iterates as training does.
    for number in calls:
        key = f"out/{name}/eval_call{number}"
        for part in ("y", "weight_u"):
            if f"{key}/{part}" in arrays:
                trained = arrays[f"out/{name}/call{number}/{part}"]
                assert_close(trained, arrays[f"{key}/{part}"], 1e-9)


def test_slots_of_padded_words_are_not_read():
    layer = DynamicMemory()
    h, words = normal(2, 3, 3, 4), normal(2, 5, 6, seed=1)
    word_mask = mask((5, 2), 5)
    layer.build(h.shape, words.shape)
    short, maps = layer(h[1:], words[1:, :2])
    padded, padded_maps = layer(h, words, word_mask)
    np.testing.assert_allclose(padded[1:], short, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(padded_maps[1:, ..., :2], maps, atol=1e-6)
    assert not np.any(padded_maps[1:, ..., 2:])
    # They would say something.
    unmasked, _ = layer(h, words * word_mask[..., np.newaxis])
    assert np.abs(unmasked[1:] - short).max() > 1e-3


def test_a_caption_without_words_keeps_a_part_of_the_features():
    layer = DynamicMemory()
    h, words = normal(1, 2, 2, 4), normal(1, 3, 6, seed=1)
    layer.build(h.shape, words.shape)
    new, maps = layer(h, words, mask((0,), 3))
    gate = layer.response_gate(h, tf.zeros_like(h))
    np.testing.assert_allclose(new, (1 - gate) * h, rtol=1e-5)
    assert not np.any(maps)


def test_an_unknown_order_of_the_mask_is_refused():
    with pytest.raises(ValueError, match="mask_order='wrong'"):
        DynamicMemory("wrong")
