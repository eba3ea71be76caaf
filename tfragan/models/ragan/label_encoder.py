"""Embeddings of labels, in place of words."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfragan")
class LabelEncoder(keras.Model):
    """A fixed vector for each label.

    The vectors are drawn once and stay as they are, like those of a frozen
    text encoder. There is no published choice: the published networks take
    vectors, and its loader has none.

    Args:
        labels: number of labels.
        embedding_dim: width of the vectors.

    Call arguments:
        label_ids: integer tensor of shape `(batch, attributes)`.

    Output:
        Tuple of word embeddings `(batch, attributes, embedding_dim)`, a
        vector a label, and sentence embedding `(batch, embedding_dim)`, their
        mean.
    """

    def __init__(self, labels, embedding_dim=256, **kwargs):
        super().__init__(**kwargs)
        if labels < 1:
            raise ValueError(f"There must be a label. Received: {labels=}")
        self.labels = labels
        self.embedding_dim = embedding_dim

    def build(self, input_shape=None):
        self.table = self.add_weight(
            shape=(self.labels, self.embedding_dim),
            # About the size of a sentence embedding's numbers.
            initializer=keras.initializers.RandomNormal(stddev=0.5),
            trainable=False,
            name="table",
        )
        self.built = True

    def call(self, label_ids, training=False):
        words = tf.gather(tf.convert_to_tensor(self.table), label_ids)
        return words, tf.reduce_mean(words, 1)

    def get_config(self):
        config = super().get_config()
        config.update(
            {"labels": self.labels, "embedding_dim": self.embedding_dim}
        )
        return config
