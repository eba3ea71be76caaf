"""Images with the sentences of others."""

import tensorflow as tf


def next_pairs(features, sentence, replica):
    """Each image of the global batch with the sentence after its own.

    The last image has none, so that there is one pair less than there are
    images.

    Args:
        features: tensor of shape `(batch, ...)`, this replica's.
        sentence: sentence embeddings `(batch, dim)`, this replica's.
        replica: the `Replica`.

    Returns:
        This replica's features and the sentences beside them, and the number
        of pairs over all replicas.

    Raises:
        ValueError: the global batch is known to be a single image.
    """
    batch = features.shape[0] or tf.shape(features)[0]
    if isinstance(batch, int) and batch * replica.count < 2:
        raise ValueError(
            "A wrong pair needs the sentence of another image: the global "
            "batch must hold 2 images at least. Received: 1"
        )
    if replica.count == 1:
        return features[: batch - 1], sentence[1:], batch - 1
    start = replica.index * batch
    sentences = replica.gather(sentence)
    pairs = batch * replica.count - 1
    count = tf.minimum(batch, pairs - start)
    return features[:count], sentences[start + 1 : start + 1 + count], pairs


def rolled_pairs(features, sentence, replica):
    """Each image of the global batch with the sentence before its own.

    The first image gets the last sentence. As for `next_pairs`.
    """
    batch = features.shape[0] or tf.shape(features)[0]
    sentences = tf.roll(replica.gather(sentence), 1, axis=0)
    start = replica.index * batch
    return features, sentences[start : start + batch], batch * replica.count


WRONG_PAIRS = {"next": next_pairs, "rolled": rolled_pairs}
