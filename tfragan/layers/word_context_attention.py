"""Attention of image positions to the words of a caption."""

import keras
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer

_MASKED_SCORE = -1e9
_MASK_ORDERS = ("correct", "published")


@keras.saving.register_keras_serializable(package="tfragan")
class WordContextAttention(RecordedLayer):
    """Gives every image position a mixture of the projected words.

    The words are projected to the width of the image features and serve as
    keys and values; the softmax runs over the words of the caption. A
    caption without any word gives a context of zeros.

    The published code tiles the mask in the wrong order: position `q` of
    sample `b` is masked by the caption of sample `(b * positions + q) mod
    batch`. `mask_order="published"` reproduces that, for comparison with old
    numbers and for weights trained under it. It mixes the samples of the local
    batch, so that its results depend on the number of replicas.

    Args:
        mask_order: `"correct"` or `"published"`.
        kernel_initializer: initializer of the projection.

    Call arguments:
        image_features: tensor of shape `(batch, height, width, channels)`.
        word_embeddings: tensor of shape `(batch, words, dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, true where a
            word is; None where there is nothing else.
        mask_order: as of the layer, for this call alone; None for the
            layer's own.

    Output:
        Tuple of the context, of shape `(batch, height, width, channels)`, and
        the attention map, float32 of shape `(batch, height, width, words)`.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485), eq. 2
    """

    def __init__(
        self, mask_order="correct", kernel_initializer="orthogonal", **kwargs
    ):
        super().__init__(**kwargs)
        check_mask_order(mask_order)
        self.mask_order = mask_order
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(
        self,
        image_features_shape,
        word_embeddings_shape,
        word_mask_shape=None,
    ):
        self.projection = keras.layers.Dense(
            image_features_shape[-1],
            use_bias=False,
            kernel_initializer=self.kernel_initializer,
            dtype=self.dtype_policy,
            name="projection",
        )
        self.projection.build(word_embeddings_shape)

    def call(
        self, image_features, word_embeddings, word_mask=None, mask_order=None
    ):
        words = self.projection(word_embeddings)
        return attend_to_words(
            image_features,
            words,
            words,
            word_mask,
            mask_order or self.mask_order,
        )


def attend_to_words(
    image_features, keys, values, word_mask=None, mask_order="correct"
):
    """Gives every image position a mixture of values, one a word.

    Args:
        image_features: tensor of shape `(batch, height, width, channels)`.
        keys: tensor of shape `(batch, words, channels)`, compared with the
            features by their inner product.
        values: tensor of the shape of `keys`.
        word_mask: see `WordContextAttention`.
        mask_order: see `WordContextAttention`.

    Returns:
        Tuple of the mixtures and the attention map, see
        `WordContextAttention`.

    Raises:
        ValueError: the order of the mask does not exist.
    """
    check_mask_order(mask_order)
    shape = tf.shape(image_features)
    batch, height, width = shape[0], shape[1], shape[2]
    channels = image_features.shape[-1]
    queries = tf.reshape(image_features, (batch, -1, channels))
    # (batch, positions, channels) x (batch, words, channels)
    #   -> (batch, positions, words)
    scores = tf.matmul(queries, keys, transpose_b=True)
    scores = tf.cast(scores, tf.float32)
    if word_mask is None:
        weights = tf.nn.softmax(scores)
    else:
        mask = _position_mask(word_mask, height * width, mask_order)
        scores = tf.where(mask, scores, _MASKED_SCORE)
        weights = tf.nn.softmax(scores) * tf.cast(mask, tf.float32)
    mixtures = tf.matmul(tf.cast(weights, values.dtype), values)
    return (
        tf.reshape(mixtures, shape),
        tf.reshape(weights, (batch, height, width, tf.shape(keys)[1])),
    )


def _position_mask(word_mask, positions, mask_order):
    if mask_order == "correct":
        return word_mask[:, tf.newaxis]
    batch = tf.shape(word_mask)[0]
    rows = tf.range(batch)[:, tf.newaxis] * positions
    rows = (rows + tf.range(positions)[tf.newaxis]) % batch
    return tf.gather(word_mask, rows)


def check_mask_order(mask_order):
    """Raises a `ValueError` for an order that does not exist."""
    if mask_order not in _MASK_ORDERS:
        raise ValueError(
            "mask_order must be 'correct' or 'published'. "
            f"Received: mask_order={mask_order!r}"
        )
