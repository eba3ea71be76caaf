"""What the generator is told beside the image."""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Guidance:
    """Embeddings that guide the generator.

    Attributes:
        sentence: tensor of shape `(batch, embedding_dim)`.
        words: tensor of shape `(batch, words, embedding_dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, true where a word
            is, or None where there is nothing else.
        code: tensor of shape `(batch, code_dim)`, or None.
    """

    sentence: tf.Tensor
    words: tf.Tensor
    word_mask: tf.Tensor | None = None
    code: tf.Tensor | None = None

    def with_code(self, code):
        """The same with a code."""
        return dataclasses.replace(self, code=code)

    def of_next_sample(self, replica):
        """Each sample with what belongs to the next one of the global batch.

        The last sample gets what belongs to the first. As published, captions
        come sorted by length, so that the next has about as many words.

        Args:
            replica: the `Replica`.

        Returns:
            A `Guidance` without a code.

        Raises:
            ValueError: the global batch is known to be a single image.
        """
        if self.sentence.shape[0] == 1 and replica.count == 1:
            raise ValueError(
                "RAGAN needs the guidance of another image: the global batch "
                "must hold 2 images at least. Received: 1"
            )
        mask = self.word_mask
        if mask is not None:
            # Replicas can add up numbers, not booleans.
            mask = _next_rows(tf.cast(mask, tf.float32), replica) > 0.5
        return Guidance(
            _next_rows(self.sentence, replica),
            _next_rows(self.words, replica),
            mask,
        )


def local_guidance(codes, code=None):
    """Guidance by codes of the parts of an image, in place of words.

    Args:
        codes: tensor of shape `(batch, positions, embedding_dim)`.
        code: see `Guidance`.

    Returns:
        A `Guidance`, whose sentence is the mean of the codes.
    """
    return Guidance(tf.reduce_mean(codes, 1), codes, None, code)


def _next_rows(value, replica):
    batch = tf.shape(value)[0]
    rolled = tf.roll(replica.gather(value), -1, axis=0)
    start = batch * replica.index
    return tf.ensure_shape(rolled[start : start + batch], value.shape)
