"""Layers of DM-GAN's generator and discriminators."""

import keras
import tensorflow as tf

from tfragan.layers import SpectralNormalization
from tfragan.layers.fan_in_convolution import fan_in_uniform_bias
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.layers.word_context_attention import attend_to_words
from tfragan.layers.word_context_attention import check_mask_order
from tfragan.models.attngan.attngan_layers import PatchConvolution


@keras.saving.register_keras_serializable(package="tfragan")
class DynamicMemory(RecordedLayer):
    """Writes the words into a memory, reads it at every image position.

    Each word has a slot, twice as wide as the image features. The writing
    gate, one number a word, mixes the word and the mean image feature, which
    takes no gradient here. Keys and values are made of the slots; the softmax
    runs over the words of the caption. The response gate, one number a
    position, mixes what was read and the image features. All four maps into
    and out of the memory end in a ReLU, as published; the paper's formulas
    have none.

    The slots of padded words are not empty, so that these have to be masked.
    A caption without any word reads zeros.

    Args:
        mask_order: `"correct"`, or `"published"` for the mask as the
            published code tiles it, see `WordContextAttention`. Here it reads
            slots of padded words.

    Call arguments:
        image_features: tensor of shape `(batch, height, width, channels)`.
        word_embeddings: tensor of shape `(batch, words, dim)`.
        word_mask: boolean tensor of shape `(batch, words)`, true where a
            word is; None where there is nothing else.

    Output:
        Tuple of the new image features, of their shape, and the attention
        map, float32 of shape `(batch, height, width, words)`.

    Reference:
        - [Zhu et al., 2019, DM-GAN](https://arxiv.org/abs/1904.01310),
          eq. 5 to 9
    """

    def __init__(self, mask_order="correct", **kwargs):
        super().__init__(**kwargs)
        check_mask_order(mask_order)
        self.mask_order = mask_order

    def build(
        self,
        image_features_shape,
        word_embeddings_shape,
        word_mask_shape=None,
    ):
        channels, dim = image_features_shape[-1], word_embeddings_shape[-1]
        slot = 2 * channels
        self.word_gate = self._map("word_gate", dim, 1, use_bias=False)
        self.image_gate = self._map("image_gate", channels, 1, use_bias=False)
        self.word_part = self._map("word_part", dim, slot, "relu")
        self.image_part = self._map("image_part", channels, slot, "relu")
        self.key = self._map("key", slot, channels, "relu")
        self.value = self._map("value", slot, channels, "relu")
        self.response = self._map("response", slot, 1)

    def _map(self, name, inputs, units, activation=None, use_bias=True):
        layer = keras.layers.Dense(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer="orthogonal",
            bias_initializer=fan_in_uniform_bias(inputs),
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, inputs))
        return layer

    def call(self, image_features, word_embeddings, word_mask=None):
        exact = keras.backend.result_type(self.compute_dtype, "float32")
        mean = tf.reduce_mean(tf.cast(image_features, exact), (1, 2))
        slots = self.write(tf.stop_gradient(mean), word_embeddings)
        read, attention_map = attend_to_words(
            image_features,
            self.key(slots),
            self.value(slots),
            word_mask,
            self.mask_order,
        )
        gate = self.response_gate(image_features, read)
        return image_features + gate * (read - image_features), attention_map

    def write(self, mean, word_embeddings):
        """The memory of a caption, equation 6.

        Args:
            mean: mean image features `(batch, channels)`.
            word_embeddings: see the class.

        Returns:
            Tensor of shape `(batch, words, 2 * channels)`.
        """
        gate = self.writing_gate(mean, word_embeddings)
        image_part = self.image_part(mean)[:, tf.newaxis]
        return image_part + gate * (
            self.word_part(word_embeddings) - image_part
        )

    def writing_gate(self, mean, word_embeddings):
        """How much of each slot is the word, `(batch, words, 1)`, eq. 5."""
        by_image = self.image_gate(mean)[:, tf.newaxis]
        return tf.sigmoid(self.word_gate(word_embeddings) + by_image)

    def response_gate(self, image_features, read):
        """How much of each position is the memory, equation 8.

        Args:
            image_features: see the class.
            read: what was read, of the same shape.

        Returns:
            Tensor of shape `(batch, height, width, 1)`.
        """
        both = tf.concat([image_features, read], -1)
        return tf.sigmoid(self.response(both))


@keras.saving.register_keras_serializable(package="tfragan")
class SpectralConvolution(RecordedLayer):
    """A spectrally normalized convolution, bias and leaky ReLU of slope 0.2.

    Args:
        filters: output channels.
        kernel_size: 4 with `strides=2` halves the image, 3 with `strides=1`
            keeps it.
        strides: step of the convolution.

    Call arguments:
        inputs: tensor of shape `(batch, height, width, channels)`.
        training: whether there is a power iteration, see
            `SpectralNormalization`. The published one iterates in evaluation,
            too.
    """

    def __init__(self, filters, kernel_size=3, strides=1, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides

    def build(self, input_shape):
        fan_in = self.kernel_size**2 * input_shape[-1]
        convolution = PatchConvolution(
            self.filters,
            self.kernel_size,
            strides=self.strides,
            padding="same",
            kernel_initializer="orthogonal",
            bias_initializer=fan_in_uniform_bias(fan_in),
            dtype=self.dtype_policy,
            name="convolution",
        )
        self.convolution = SpectralNormalization(
            convolution, name="normalization"
        )
        self.convolution.build(input_shape)

    def call(self, inputs, training=False):
        return tf.nn.leaky_relu(
            self.convolution(inputs, training=training), 0.2
        )

    def compute_output_shape(self, input_shape):
        batch, height, width = input_shape[:3]
        return (
            batch,
            height and -(-height // self.strides),
            width and -(-width // self.strides),
            self.filters,
        )
