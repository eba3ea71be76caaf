"""Matching losses of the deep attentional multimodal similarity model.

All functions take images and captions of different number, so that a replica
can compare its images with the captions of the whole batch.
"""

import tensorflow as tf

_MASKED = -1e9


def region_attention(word_embeddings, word_mask, region_features, gamma1):
    """Attention of words to image regions, for every image-caption pair.

    The scores are normalized over the words of the caption for every region
    (eq. 8), sharpened and normalized over the regions for every word (eq. 9).

    Args:
        word_embeddings: tensor of shape `(captions, words, dim)`.
        word_mask: boolean tensor of shape `(captions, words)`.
        region_features: tensor of shape `(images, regions, dim)`.
        gamma1: sharpness of the attention.

    Returns:
        Tensor of shape `(images, captions, words, regions)`.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485),
          eq. 7 to 9
    """
    images, regions, _ = _shape(region_features)
    captions, words, dim = _shape(word_embeddings)
    # (images * regions, dim) x (captions * words, dim)
    scores = tf.matmul(
        tf.reshape(region_features, (-1, dim)),
        tf.reshape(word_embeddings, (-1, dim)),
        transpose_b=True,
    )
    scores = tf.reshape(scores, (images, regions, captions, words))
    scores = tf.where(word_mask, scores, _MASKED)
    over_words = tf.transpose(tf.nn.softmax(scores), (0, 2, 3, 1))
    return tf.nn.softmax(gamma1 * over_words)


def word_similarities(
    word_embeddings, word_mask, region_features, gamma1, gamma2, gamma3
):
    """How well the words of every caption match every image.

    `gamma3 * log(sum over words of exp(gamma2 * cosine(word, context)))`;
    as in the published code, the sum is not raised to `1 / gamma2`.

    Args:
        word_embeddings: tensor of shape `(captions, words, dim)`.
        word_mask: boolean tensor of shape `(captions, words)`.
        region_features: tensor of shape `(images, height, width, dim)`.
        gamma1: sharpness of the attention over regions.
        gamma2: weight of the best matching words.
        gamma3: inverse temperature.

    Returns:
        Tensor of shape `(images, captions)`.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485), eq. 10
    """
    shape = _shape(region_features)
    regions = tf.reshape(region_features, (shape[0], -1, shape[-1]))
    attention = region_attention(word_embeddings, word_mask, regions, gamma1)
    size = _shape(attention)
    # (images, captions * words, regions) x (images, regions, dim)
    contexts = tf.matmul(
        tf.reshape(attention, (size[0], size[1] * size[2], size[3])), regions
    )
    contexts = tf.reshape(contexts, (*size[:3], shape[-1]))
    cosines = cosine_similarity(word_embeddings[tf.newaxis], contexts)
    cosines = tf.where(word_mask[tf.newaxis], gamma2 * cosines, _MASKED)
    return gamma3 * tf.reduce_logsumexp(cosines, axis=2)


def paired_word_similarities(
    word_embeddings, word_mask, region_features, gamma1, gamma2, gamma3
):
    """`word_similarities` of each image with captions of its own alone.

    Args:
        word_embeddings: tensor of shape `(batch, captions, words, dim)`.
        word_mask: boolean tensor of shape `(batch, captions, words)`.
        region_features: tensor of shape `(batch, height, width, dim)`.
        gamma1: sharpness of the attention over regions.
        gamma2: weight of the best matching words.
        gamma3: inverse temperature.

    Returns:
        Tensor of shape `(batch, captions)`; of one caption each, the diagonal
        of `word_similarities`.
    """
    shape = _shape(region_features)
    regions = tf.reshape(region_features, (shape[0], 1, -1, shape[-1]))
    scores = tf.matmul(regions, word_embeddings, transpose_b=True)
    scores = tf.where(word_mask[:, :, tf.newaxis], scores, _MASKED)
    over_words = tf.transpose(tf.nn.softmax(scores), (0, 1, 3, 2))
    # (batch, captions, words, regions) x (batch, 1, regions, dim)
    contexts = tf.matmul(tf.nn.softmax(gamma1 * over_words), regions)
    cosines = cosine_similarity(word_embeddings, contexts)
    cosines = tf.where(word_mask, gamma2 * cosines, _MASKED)
    return gamma3 * tf.reduce_logsumexp(cosines, axis=2)


def sentence_similarities(image_embeddings, sentence_embeddings, gamma3):
    """Scaled cosine of every image with every sentence.

    Args:
        image_embeddings: tensor of shape `(images, dim)`.
        sentence_embeddings: tensor of shape `(captions, dim)`.
        gamma3: inverse temperature.

    Returns:
        Tensor of shape `(images, captions)`.
    """
    return gamma3 * cosine_similarity(
        image_embeddings[:, tf.newaxis], sentence_embeddings[tf.newaxis]
    )


def masked_similarities(similarities, usable):
    """Similarities that count for nothing where `usable` is false."""
    return tf.where(usable, similarities, _MASKED)


def matching_losses(similarities, class_ids=None, further_wrong=None):
    """Cross-entropies of finding the caption and of finding the image.

    Args:
        similarities: square tensor `(images, captions)` with the true pairs
            on its diagonal.
        class_ids: integer tensor `(images,)`, or None. Other images of the
            same class are not counted as wrong.
        further_wrong: tensor `(images, count)`, or None: the similarities of
            each image with further wrong captions, which no other image is
            compared with.

    Returns:
        Tuple of two scalars: image to text and text to image.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485),
          eq. 11 to 13
    """
    count = tf.shape(similarities)[0]
    if class_ids is not None:
        same = tf.equal(class_ids[:, tf.newaxis], class_ids[tf.newaxis])
        same = tf.linalg.set_diag(same, tf.zeros((count,), tf.bool))
        similarities = tf.where(same, _MASKED, similarities)
    labels = tf.range(count)

    def cross_entropy(logits):
        return tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        )

    to_text = similarities
    if further_wrong is not None:
        to_text = tf.concat([to_text, further_wrong], 1)
    return cross_entropy(to_text), cross_entropy(tf.transpose(similarities))


def cosine_similarity(a, b, floor=1e-8):
    """Cosine along the last axis; the product of norms is at least `floor`.

    Args:
        a: tensor of shape `(..., dim)`.
        b: tensor of a shape that broadcasts with `a`.
        floor: least denominator.

    Returns:
        Tensor of the broadcast shape without the last axis.
    """
    products = tf.reduce_sum(a * b, -1)
    norms = _norm(a) * _norm(b)
    return products / tf.maximum(norms, floor)


def _norm(x):
    # The square root has no gradient at zero, where padded words are.
    squares = tf.reduce_sum(tf.square(x), -1)
    positive = squares > 0.0
    safe = tf.where(positive, squares, 1.0)
    return tf.where(positive, tf.sqrt(safe), 0.0)


def _shape(x):
    dynamic = tf.shape(x)
    return [
        dynamic[axis] if size is None else size
        for axis, size in enumerate(x.shape)
    ]
