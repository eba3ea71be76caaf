"""What the image encoders of DAMSM have in common."""

import typing

import keras
import tensorflow as tf

from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.fixed_name import fixed_name


class ImageEncoder(RecordedLayer):
    """Base of the layers that turn images into region and image vectors.

    A subclass makes `self.trunk`, a layer, in its constructor and computes
    two maps in `compute_taps`; the heads that project them to the joint
    space of words and regions are made here.

    Args:
        embedding_dim: width of both outputs.
        input_size: pixels; images of other sizes are resized to it.
        trunk_trainable: whether the trunk learns, or the heads only.
        trunk_batch_statistics: whether the trunk's batch normalization
            follows the batch where `training=True`, learning or not.

    Call arguments:
        images: float tensor of shape `(batch, height, width, 3)` in
            [-1, 1], of any height and width.
        training: whether this is a step of training.

    Output:
        `(region_features, image_embedding)` of shapes
        `(batch, rows, columns, embedding_dim)` and `(batch, embedding_dim)`.
    """

    align_corners = False
    antialias = False

    def __init__(
        self,
        embedding_dim=256,
        input_size=64,
        trunk_trainable=False,
        trunk_batch_statistics=False,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name or fixed_name(type(self)), **kwargs)
        if embedding_dim < 1:
            raise ValueError(
                "embedding_dim must be positive. "
                f"Received: embedding_dim={embedding_dim}"
            )
        self.embedding_dim = embedding_dim
        self.input_size = input_size
        self.trunk_trainable = trunk_trainable
        self.trunk_batch_statistics = trunk_batch_statistics
        uniform = keras.initializers.RandomUniform
        self.region_projection = keras.layers.Conv2D(
            embedding_dim,
            1,
            use_bias=False,
            kernel_initializer=uniform(-0.1, 0.1),
            dtype=self.dtype_policy,
            name="region_projection",
        )
        self._uniform = uniform
        self.image_projection: typing.Any = None

    @property
    def trainable(self):
        """Whether the heads learn, and the trunk where it is meant to."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        keras.layers.Layer.trainable.fset(self, value)
        # Freezing and thawing the whole must not thaw a frozen trunk.
        self.trunk.trainable = bool(value) and self.trunk_trainable

    def build_heads(self, region_channels, image_channels):
        """Makes the projections.

        Args:
            region_channels: channels of the map of regions.
            image_channels: length of the vector of the whole image.
        """
        bound = image_channels**-0.5
        self.image_projection = keras.layers.Dense(
            self.embedding_dim,
            kernel_initializer=self._uniform(-0.1, 0.1),
            bias_initializer=self._uniform(-bound, bound),
            dtype=self.dtype_policy,
            name="image_projection",
        )
        self.region_projection.build((None, None, None, region_channels))
        self.image_projection.build((None, image_channels))
        self.trunk.trainable = self.trainable and self.trunk_trainable
        self.built = True

    def compute_taps(self, images, training):
        """The two maps that the heads read.

        Args:
            images: tensor of shape `(batch, input_size, input_size, 3)`.
            training: whether the trunk normalizes by the batch.

        Returns:
            `(regions, last)`, both `(batch, rows, columns, channels)`; the
            second is averaged over its places.
        """
        raise NotImplementedError

    def call(self, images, training=False):
        images = bilinear_resize(
            images,
            (self.input_size, self.input_size),
            self.align_corners,
            self.antialias,
        )
        batch_statistics = (
            training and self.trunk_batch_statistics and self.trainable
        )
        regions, last = self.compute_taps(images, batch_statistics)
        return self.project(regions, last)

    def project(self, regions, last):
        """Projects both taps into the joint space.

        Args:
            regions: tensor of shape `(batch, rows, columns, channels)`.
            last: tensor of shape `(batch, rows', columns', channels')`.

        Returns:
            `(region_features, image_embedding)`.
        """
        vector = tf.reduce_mean(last, axis=(1, 2))  # (batch, channels')
        return self.region_projection(regions), self.image_projection(vector)
