"""The recurrent text encoder of DAMSM."""

import keras
import numpy as np
import tensorflow as tf

from tfragan.layers.recorded_config import RecordedLayer


@keras.saving.register_keras_serializable(package="tfragan")
class TextEncoder(RecordedLayer, keras.Model):
    """Word and sentence embeddings from a bidirectional recurrent net.

    Padding (id 0) never enters a state, and its word embeddings are exact
    zeros. A caption without a word gives zeros throughout.

    Args:
        vocabulary_size: number of ids, padding included.
        embedding_dim: width of the results, half for each direction.
        word_dim: width of the word table.
        rnn_type: `"lstm"` or `"gru"`.
        dropout: rate on the word table's output while training.
        use_cudnn: passed to the recurrent layer; False for export.
        forget_bias: added to where the bias of an LSTM's forget gate starts,
            as published 0: then half of a state is lost at each word. With 2
            an eighth is, so that the sentence embedding of a fresh encoder
            holds all of a long caption.

    Call arguments:
        token_ids: integer tensor of shape `(batch, words)`, zeros to the
            right of each caption.
        training: whether dropout is on.
        keep_mask: tensor of shape `(batch, words, word_dim)`, 1 where a value
            is kept. A training step gives it, to be the same for any number
            of replicas; without it the layer's own random state is used.

    Output:
        Tuple of word embeddings `(batch, words, embedding_dim)` and sentence
        embedding `(batch, embedding_dim)`: the last states, forward then
        backward.

    Reference:
        - [Xu et al., 2017, AttnGAN](https://arxiv.org/abs/1711.10485),
          section 3.2
        - [Jozefowicz et al., 2015](https://proceedings.mlr.press/v37/jozefowicz15.html),
          section 2.2, for the bias
    """

    def __init__(
        self,
        vocabulary_size,
        embedding_dim=256,
        word_dim=300,
        rnn_type="lstm",
        dropout=0.5,
        use_cudnn="auto",
        forget_bias=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if rnn_type not in ("lstm", "gru"):
            raise ValueError(
                "rnn_type must be 'lstm' or 'gru'. "
                f"Received: rnn_type={rnn_type!r}"
            )
        if forget_bias and rnn_type != "lstm":
            raise ValueError(
                "forget_bias is of an LSTM only. "
                f"Received: forget_bias={forget_bias}, rnn_type={rnn_type!r}"
            )
        if embedding_dim % 2:
            raise ValueError(
                "embedding_dim must be even, half for each direction. "
                f"Received: embedding_dim={embedding_dim}"
            )
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.word_dim = word_dim
        self.rnn_type = rnn_type
        self.dropout = dropout
        self.use_cudnn = use_cudnn
        self.forget_bias = forget_bias

    def build(self, input_shape=None):
        units = self.embedding_dim // 2
        uniform = keras.initializers.RandomUniform
        limit = units**-0.5
        self.word_table = keras.layers.Embedding(
            self.vocabulary_size,
            self.word_dim,
            embeddings_initializer=uniform(-0.1, 0.1),
            dtype=self.dtype_policy,
            name="word_table",
        )
        self.word_table.build((None, None))
        self.own_dropout = keras.layers.Dropout(
            self.dropout, seed=0, dtype=self.dtype_policy, name="dropout"
        )
        layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
        options = {"unit_forget_bias": False} if self.rnn_type == "lstm" else {}
        self.rnn = keras.layers.Bidirectional(
            layer[self.rnn_type](
                units,
                kernel_initializer=uniform(-limit, limit),
                recurrent_initializer=uniform(-limit, limit),
                bias_initializer=uniform(-limit, limit),
                return_sequences=True,
                return_state=True,
                use_cudnn=self.use_cudnn,
                dtype=self.dtype_policy,
                name="rnn",
                **options,
            ),
            dtype=self.dtype_policy,
            name="bidirectional",
        )
        # PyTorch's LSTM has a second bias vector, which gradient clipping and
        # Adam see apart: here it is the kernel row of a constant input.
        self.constant_inputs = 1 if self.rnn_type == "lstm" else 0
        self.rnn.build((None, None, self.word_dim + self.constant_inputs))
        if self.forget_bias:
            # Gates in the order of Keras: input, forget, candidate, output.
            gates = np.repeat([0.0, self.forget_bias, 0.0, 0.0], units)
            for part in (self.rnn.forward_layer, self.rnn.backward_layer):
                part.cell.bias.assign_add(gates)

    def call(self, token_ids, training=False, keep_mask=None):
        word_mask = tf.not_equal(token_ids, 0)
        words = self.word_table(token_ids)
        if training and keep_mask is not None:
            words *= tf.cast(keep_mask, words.dtype) / (1.0 - self.dropout)
        elif training:
            words = self.own_dropout(words, training=True)
        if self.constant_inputs:
            words = tf.concat([words, tf.ones_like(words[..., :1])], -1)
        # No row may be empty for the recurrent kernels; the results of such
        # rows are zeroed below.
        first = tf.one_hot(0, tf.shape(token_ids)[1], True, False, dtype=bool)
        word_embeddings, *states = self.rnn(words, mask=word_mask | first)
        hidden = states[::2] if self.rnn_type == "lstm" else states
        present = tf.cast(word_mask, word_embeddings.dtype)
        any_word = tf.reduce_max(present, axis=1, keepdims=True)
        return (
            word_embeddings * present[:, :, tf.newaxis],
            tf.concat(hidden, -1) * any_word,
        )
