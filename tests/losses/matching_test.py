import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tfragan.losses import kl_divergence
from tfragan.losses import masked_similarities
from tfragan.losses import matching_losses
from tfragan.losses import paired_word_similarities
from tfragan.losses import region_attention
from tfragan.losses import sentence_similarities
from tfragan.losses import word_similarities

VARIANTS = ["class_none", "class_unique", "class_collide"]


def _mask(lengths, words):
    return tf.sequence_mask(lengths, words)


@pytest.mark.golden
def test_attngan_region_attention_equals_the_published_one():
    arrays = load("attngan", "func_attention")
    query = tf.constant(arrays["in/query"].transpose(0, 2, 1))
    context = tf.constant(nhwc(arrays["in/context"]))
    batch, height, width, dim = context.shape
    words = query.shape[1]
    with tf.GradientTape() as tape:
        tape.watch([query, context])
        regions = tf.reshape(context, (batch, -1, dim))
        attention = region_attention(
            query,
            tf.ones((batch, words), tf.bool),
            regions,
            float(arrays["in/gamma1"]),
        )
        # The published function looks at pairs of the same index only.
        own = tf.stack([attention[i, i] for i in range(batch)])
        weighted = tf.matmul(own, regions)
        target = tf.reduce_sum(
            weighted * arrays["in/cot_weighted_context"].transpose(0, 2, 1)
        ) + tf.reduce_sum(
            tf.reshape(own, (batch, words, height, width))
            * arrays["in/cot_attn"]
        )
    assert_close(
        weighted.numpy().transpose(0, 2, 1),
        arrays["out/weighted_context"],
        1e-5,
    )
    assert_close(
        tf.reshape(own, (batch, words, height, width)),
        arrays["out/attn"],
        1e-5,
    )
    grad_query, grad_context = tape.gradient(target, [query, context])
    assert_close(
        grad_query.numpy().transpose(0, 2, 1), arrays["grad/in/query"], 5e-5
    )
    assert_close(nchw(grad_context), arrays["grad/in/context"], 5e-5)


@pytest.mark.golden
@pytest.mark.parametrize("variant", VARIANTS)
def test_attngan_word_loss_equals_the_published_one(variant):
    arrays = load("attngan", "words_loss")
    gammas = [float(arrays[f"in/gamma{number}"]) for number in (1, 2, 3)]
    regions = tf.constant(nhwc(arrays["in/img_features"]))
    words = tf.constant(arrays["in/words_emb"].transpose(0, 2, 1))
    mask = _mask(arrays["in/cap_lens"], words.shape[1])
    class_ids = arrays.get(f"in/class_ids_{variant}")
    with tf.GradientTape() as tape:
        tape.watch([regions, words])
        table = word_similarities(words, mask, regions, *gammas)
        losses = matching_losses(table, class_ids)
        target = sum(losses)
    assert_close(table, arrays["out/similarities_times_gamma3"], 1e-5)
    for number, loss in enumerate(losses):
        assert_close(loss, arrays[f"out/{variant}/loss{number}"], 1e-5)
    grad_regions, grad_words = tape.gradient(target, [regions, words])
    expected = arrays[f"grad/{variant}/in/img_features"]
    assert_close(nchw(grad_regions), expected, 5e-5)
    assert_close(
        grad_words.numpy().transpose(0, 2, 1),
        arrays[f"grad/{variant}/in/words_emb"],
        5e-5,
    )


@pytest.mark.golden
def test_attngan_attention_maps_of_pairs_equal_the_published_ones():
    arrays = load("attngan", "words_loss")
    regions = nhwc(arrays["in/img_features"])
    batch, height, width, dim = regions.shape
    words = arrays["in/words_emb"].transpose(0, 2, 1)
    lengths = arrays["in/cap_lens"]
    attention = region_attention(
        tf.constant(words),
        _mask(lengths, words.shape[1]),
        tf.constant(regions.reshape(batch, -1, dim)),
        float(arrays["in/gamma1"]),
    )
    for index, length in enumerate(lengths):
        own = attention[index, index, :length].numpy()
        own = own.reshape(1, length, height, width)
        assert_close(own, arrays[f"out/att_map_{index}"], 1e-5)


@pytest.mark.golden
@pytest.mark.parametrize("variant", VARIANTS)
def test_attngan_sentence_loss_equals_the_published_one(variant):
    arrays = load("attngan", "sent_loss")
    image = tf.constant(arrays["in/cnn_code"])
    sentence = tf.constant(arrays["in/rnn_code"])
    class_ids = arrays.get(f"in/class_ids_{variant}")
    with tf.GradientTape() as tape:
        tape.watch([image, sentence])
        table = sentence_similarities(
            image, sentence, float(arrays["in/gamma3"])
        )
        losses = matching_losses(table, class_ids)
        target = sum(losses)
    for number, loss in enumerate(losses):
        assert_close(loss, arrays[f"out/{variant}/loss{number}"], 1e-5)
    grad_image, grad_sentence = tape.gradient(target, [image, sentence])
    assert_close(grad_image, arrays[f"grad/{variant}/in/cnn_code"], 5e-5)
    assert_close(grad_sentence, arrays[f"grad/{variant}/in/rnn_code"], 5e-5)


@pytest.mark.golden
def test_attngan_kl_divergence_equals_the_published_one():
    arrays = load("attngan", "kl_loss")
    mean = tf.constant(arrays["in/mu"])
    log_variance = tf.constant(arrays["in/logvar"])
    with tf.GradientTape() as tape:
        tape.watch([mean, log_variance])
        loss = tf.reduce_mean(kl_divergence(mean, log_variance))
    assert_close(loss, arrays["out/kl"], 1e-5)
    grad_mean, grad_log_variance = tape.gradient(loss, [mean, log_variance])
    assert_close(grad_mean, arrays["grad/in/mu"], 5e-5)
    assert_close(grad_log_variance, arrays["grad/in/logvar"], 5e-5)


def test_an_image_and_its_own_captions_are_the_diagonals_of_all_pairs():
    draw = np.random.default_rng(0)
    words = tf.constant(draw.standard_normal((3, 2, 5, 4)), tf.float32)
    regions = tf.constant(draw.standard_normal((3, 2, 2, 4)), tf.float32)
    mask = tf.stack([_mask([5, 2, 3], 5), _mask([1, 4, 2], 5)], axis=1)
    options = (regions, 4.0, 5.0, 10.0)
    found = paired_word_similarities(words, mask, *options)
    for place in range(2):
        pairs = word_similarities(words[:, place], mask[:, place], *options)
        assert_close(found[:, place], tf.linalg.diag_part(pairs), 1e-6)


def test_a_further_wrong_caption_is_compared_with_its_image_alone():
    similarities = tf.constant([[3.0, 1.0], [0.0, 2.0]])
    to_text, to_image = matching_losses(similarities)
    wrong = masked_similarities(
        tf.constant([[1.0], [2.0]]), tf.constant([[True], [False]])
    )
    more_text, more_image = matching_losses(similarities, further_wrong=wrong)
    first = np.log(np.exp([3.0, 1.0, 1.0]).sum()) - 3.0
    second = np.log(np.exp([0.0, 2.0]).sum()) - 2.0
    assert float(more_text) == pytest.approx((first + second) / 2)
    assert float(more_text) > float(to_text)
    assert float(more_image) == float(to_image)


def test_padded_words_do_not_matter():
    generator = np.random.default_rng(0)
    words = generator.normal(size=(2, 4, 6)).astype("float32")
    regions = generator.normal(size=(3, 2, 2, 6)).astype("float32")
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    changed = words.copy()
    changed[0, 2:] = 7.0
    tables = [
        word_similarities(tf.constant(w), mask, regions, 4.0, 5.0, 10.0)
        for w in (words, changed)
    ]
    np.testing.assert_allclose(tables[0], tables[1], atol=1e-5)


def test_gradients_at_zero_embeddings_are_finite():
    words = tf.zeros((2, 3, 4))
    with tf.GradientTape() as tape:
        tape.watch(words)
        table = word_similarities(
            words,
            tf.ones((2, 3), tf.bool),
            tf.ones((2, 2, 2, 4)),
            4.0,
            5.0,
            10.0,
        )
        loss = sum(matching_losses(table))
    assert np.isfinite(tape.gradient(loss, words)).all()
