import numpy as np
import pytest
import tensorflow as tf

from tests.test_case import TestCase
from tfragan.layers.word_context_attention import WordContextAttention

LENGTHS = (4, 2, 1)


def normal(shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


def mask_of(lengths, words=4):
    return np.arange(words) < np.reshape(lengths, (-1, 1))


def inputs(lengths=LENGTHS, words=4):
    batch = len(lengths)
    return [
        normal((batch, 3, 2, 5)),
        normal((batch, words, 6), 1),
        mask_of(lengths, words),
    ]


def attend(features, values, mask):
    """Attention by its definition; `mask` is (batch, positions, words)."""
    batch, height, width, channels = features.shape
    queries = features.reshape(batch, -1, channels)
    scores = queries @ values.transpose(0, 2, 1)
    weights = np.where(mask, np.exp(scores), 0.0)
    weights /= weights.sum(-1, keepdims=True)
    context = (weights @ values).reshape(features.shape)
    return context, weights.reshape(batch, height, width, -1)


class TestWordContextAttention(TestCase):
    @pytest.mark.parametrize("mask_order", ["correct", "published"])
    def test_contract(self, mask_order):
        self.run_layer_test(
            WordContextAttention,
            {"mask_order": mask_order, "kernel_initializer": "glorot_uniform"},
            input_data=dict(
                zip(
                    ("image_features", "word_embeddings", "word_mask"),
                    inputs(),
                    strict=True,
                )
            ),
            expected_output_shape=[(3, 3, 2, 5), (3, 3, 2, 4)],
            expected_trainable_weights=1,
            float32_outputs=(1,),
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            WordContextAttention, inputs(), mirrored, split=1
        )

    def test_it_equals_its_definition(self):
        features, words, mask = inputs()
        layer = WordContextAttention()
        context, attention = layer(features, words, mask)
        values = words @ layer.projection.kernel.numpy()
        expected = attend(features, values, mask[:, np.newaxis])
        np.testing.assert_allclose(context, expected[0], atol=1e-5)
        np.testing.assert_allclose(attention, expected[1], atol=1e-5)

    def test_attention_sums_to_one_over_words(self):
        _, attention = WordContextAttention()(*inputs())
        assert attention.numpy().min() >= 0.0
        np.testing.assert_allclose(attention.numpy().sum(-1), 1.0, atol=1e-6)

    def test_padded_words_get_no_attention(self):
        _, attention = WordContextAttention()(*inputs())
        for row, length in zip(attention.numpy(), LENGTHS, strict=True):
            assert (row[..., length:] == 0.0).all()
            assert (row[..., :length] > 0.0).all()

    def test_what_stands_in_padding_changes_nothing(self):
        features, words, mask = inputs()
        layer = WordContextAttention()
        expected = layer(features, words, mask)
        words = np.where(mask[..., np.newaxis], words, 1e4).astype("float32")
        for one, other in zip(
            layer(features, words, mask), expected, strict=True
        ):
            np.testing.assert_array_equal(one, other)

    def test_more_padding_changes_nothing(self):
        features, words, mask = inputs()
        layer = WordContextAttention()
        context, attention = layer(features, words, mask)
        longer, wider = layer(
            features,
            np.pad(words, [(0, 0), (0, 3), (0, 0)]),
            np.pad(mask, [(0, 0), (0, 3)]),
        )
        np.testing.assert_allclose(longer, context, atol=1e-6)
        np.testing.assert_allclose(wider[..., :4], attention, atol=1e-6)

    def test_an_empty_caption_gives_a_context_of_zeros(self):
        features, words, mask = map(tf.constant, inputs((3, 0)))
        layer = WordContextAttention()
        with tf.GradientTape() as tape:
            tape.watch([features, words])
            context, attention = layer(features, words, mask)
            loss = tf.reduce_sum(context**2) + tf.reduce_sum(attention**2)
        assert (context.numpy()[1] == 0.0).all()
        assert (attention.numpy()[1] == 0.0).all()
        assert np.abs(context.numpy()[0]).max() > 0.0
        sources = [features, words, layer.projection.kernel.value]
        for gradient in tape.gradient(loss, sources):
            assert np.isfinite(gradient.numpy()).all()

    def test_samples_do_not_depend_on_the_batch(self):
        features, words, mask = inputs()
        layer = WordContextAttention()
        whole = layer(features, words, mask)
        alone = layer(features[1:2], words[1:2], mask[1:2])
        for one, other in zip(alone, whole, strict=True):
            np.testing.assert_allclose(one, other[1:2], atol=1e-6)

    def test_the_published_order_masks_by_other_captions(self):
        features, words, mask = inputs()
        layer = WordContextAttention("published")
        context, attention = layer(features, words, mask)
        values = words @ layer.projection.kernel.numpy()
        # The mask tiled as a whole, read as if each row were repeated.
        batch, positions = 3, 6
        tiled = np.tile(mask, (positions, 1)).reshape(batch, positions, -1)
        expected = attend(features, values, tiled)
        np.testing.assert_allclose(context, expected[0], atol=1e-5)
        np.testing.assert_allclose(attention, expected[1], atol=1e-5)

    def test_the_orders_differ_for_unequal_lengths_only(self):
        correct = WordContextAttention()
        published = WordContextAttention("published")
        for layer in (correct, published):
            layer.build(*(array.shape for array in inputs()))
        published.set_weights(correct.get_weights())
        for lengths, equal in (((3, 3, 3), True), (LENGTHS, False)):
            expected = correct(*inputs(lengths))[1].numpy()
            got = published(*inputs(lengths))[1].numpy()
            assert np.allclose(got, expected, atol=1e-6) == equal

    def test_large_scores_stay_finite_in_float16(self):
        features, words, mask = inputs()
        layer = WordContextAttention(dtype="mixed_float16")
        context, attention = layer(50.0 * features, 5.0 * words, mask)
        assert context.dtype == tf.float16
        assert np.isfinite(context.numpy()).all()
        np.testing.assert_allclose(attention.numpy().sum(-1), 1.0, atol=1e-3)

    def test_a_call_may_ask_for_another_order(self):
        layer = WordContextAttention()
        layer(*inputs())
        twin = WordContextAttention("published")
        twin(*inputs())
        twin.set_weights(layer.get_weights())
        for order, expected in (("published", twin), (None, layer)):
            found = layer(*inputs(), mask_order=order)[1]
            np.testing.assert_array_equal(found, expected(*inputs())[1])

    def test_without_a_mask_every_word_is_one(self):
        layer = WordContextAttention()
        features, words, _ = inputs()
        found = layer(features, words)
        expected = layer(features, words, mask_of((4, 4, 4)))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)

    def test_an_unknown_order_is_refused(self):
        with pytest.raises(ValueError, match="mask_order='wrong'"):
            WordContextAttention("wrong")
