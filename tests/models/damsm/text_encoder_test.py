import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tests.published import weighted_sum
from tfragan.convert import attngan_weights
from tfragan.models import TextEncoder


@pytest.mark.golden
@pytest.mark.parametrize("rnn_type", ["lstm", "gru"])
def test_attngan_text_encoder_equals_the_published_one(rnn_type):
    file = "rnn_encoder" if rnn_type == "lstm" else "rnn_encoder_gru"
    arrays = load("attngan", file)
    table = arrays["param/encoder.weight"]
    encoder = TextEncoder(
        table.shape[0],
        arrays["out/eval/sent_emb"].shape[-1],
        table.shape[1],
        rnn_type,
        float(arrays["in/drop_prob"]),
    )
    encoder.build()
    entries = attngan_weights.text_encoder_entries(encoder)
    load_all(entries, group(arrays, "param"))
    token_ids = tf.constant(arrays["in/captions"])
    longest = arrays["out/eval/words_emb"].shape[-1]
    assert arrays["in/cap_lens"].max() == longest

    for mode, prefix in (("train", "grad"), ("eval", "grad_eval")):
        with tf.GradientTape(persistent=True) as tape:
            words, sentence = encoder(
                token_ids,
                training=mode == "train",
                keep_mask=arrays["in/dropout_keep_mask"],
            )
            published = tf.transpose(words, (0, 2, 1))[..., :longest]
            target = weighted_sum(
                [published, sentence],
                [arrays["in/cot_words_emb"], arrays["in/cot_sent_emb"]],
            )
        assert_close(published, arrays[f"out/{mode}/words_emb"], 1e-5)
        assert_close(sentence, arrays[f"out/{mode}/sent_emb"], 1e-5)
        np.testing.assert_array_equal(words[:, longest:], 0.0)
        gradients = published_gradients(entries, tape, target)
        assert_gradients(gradients, group(arrays, prefix), 5e-5)


def _encoder():
    encoder = TextEncoder(20, 8, 6)
    encoder.build()
    return encoder


def test_padding_changes_nothing():
    encoder = _encoder()
    short = tf.constant([[3, 4, 5]])
    long = tf.constant([[3, 4, 5, 0, 0, 0]])
    words, sentence = encoder(short)
    padded_words, padded_sentence = encoder(long)
    np.testing.assert_allclose(sentence, padded_sentence, atol=1e-6)
    np.testing.assert_allclose(words, padded_words[:, :3], atol=1e-6)
    np.testing.assert_array_equal(padded_words[:, 3:], 0.0)


def test_a_caption_without_words_gives_zeros():
    words, sentence = _encoder()(tf.zeros((2, 5), tf.int32))
    np.testing.assert_array_equal(words, 0.0)
    np.testing.assert_array_equal(sentence, 0.0)


def _effect_of_the_first_word(forget_bias):
    """How far it moves the forward half of a fresh sentence embedding."""
    keras.utils.set_random_seed(0)
    encoder = TextEncoder(30, 8, word_dim=5, forget_bias=forget_bias)
    encoder.build()
    rest = list(range(3, 18))
    _, sentence = encoder(np.array([[1, *rest], [2, *rest]]))
    first, second = sentence.numpy()[:, :4]
    return np.abs(first - second).max()


def test_a_forget_bias_makes_a_long_caption_last():
    published, lasting = map(_effect_of_the_first_word, (0.0, 3.0))
    assert lasting > 100 * published > 0.0


def test_a_forget_bias_is_of_an_lstm_only():
    with pytest.raises(ValueError, match="forget_bias is of an LSTM only"):
        TextEncoder(30, rnn_type="gru", forget_bias=1.0)
