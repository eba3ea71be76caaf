"""The published image encoder of DAMSM, on Inception-v3."""

import keras

from tfragan.models.damsm.image_encoder import ImageEncoder
from tfragan.models.damsm.inception_trunk import InceptionTrunk


@keras.saving.register_keras_serializable(package="tfragan")
class InceptionImageEncoder(ImageEncoder):
    """Image encoder on two taps of Inception-v3.

    Regions are the 17 x 17 map of the block `Mixed_6e`, the image vector is
    the mean over `Mixed_7c`. Without weights the frozen trunk is a random
    projection: pass `weights`, or load a published encoder.

    Args:
        embedding_dim: width of both outputs.
        weights: `None`; `"imagenet"` for those of
            `keras.applications.InceptionV3` (downloaded by Keras); or a
            file: `.h5` of `keras.applications`, `.pth` or `.npz` with
            PyTorch names, either of the whole encoder or of torchvision's
            `inception_v3`. Not part of the configuration.
        input_size: pixels; images of other sizes are resized bilinearly.
        align_corners: whether that resize keeps corner pixels at the
            corners, as the published encoders were trained.
        pool_counts_padding: whether average pools count the padding. `None`
            follows the weights: those of Keras do not, all others do.
        trunk_trainable: whether the trunk learns, or the heads only.
        trunk_batch_statistics: whether the trunk normalizes by the batch
            in training, and moves its statistics, although it is frozen.
            The published pre-training does so.

    Call arguments:
        images: float tensor of shape `(batch, height, width, 3)` in
            [-1, 1], of any height and width.
        training: whether this is a step of training.

    Output:
        `(region_features, image_embedding)` of shapes
        `(batch, 17, 17, embedding_dim)` and `(batch, embedding_dim)`.

    Reference:
        - [Xu et al., 2018](https://arxiv.org/abs/1711.10485), section 3.2
    """

    def __init__(
        self,
        embedding_dim=256,
        weights=None,
        input_size=299,
        align_corners=False,
        pool_counts_padding=None,
        trunk_trainable=False,
        trunk_batch_statistics=True,
        **kwargs,
    ):
        super().__init__(
            embedding_dim=embedding_dim,
            input_size=input_size,
            trunk_trainable=trunk_trainable,
            trunk_batch_statistics=trunk_batch_statistics,
            **kwargs,
        )
        if input_size < 75:
            raise ValueError(
                "input_size must be at least 75, or the last maps of the "
                f"trunk are empty. Received: input_size={input_size}"
            )
        self.align_corners = align_corners
        if pool_counts_padding is None:
            pool_counts_padding = not _is_of_keras(weights)
        self.pool_counts_padding = pool_counts_padding
        self.trunk = InceptionTrunk(
            pool_counts_padding, dtype=self.dtype_policy, name="trunk"
        )
        if weights is not None:
            self._load(str(weights))

    def _load(self, weights):
        # The converters import this module.
        from tfragan.convert import image_encoder_weights

        self.build((None, None, None, 3))
        if _is_of_keras(weights):
            image_encoder_weights.load_keras_inception(self.trunk, weights)
        else:
            image_encoder_weights.load_inception_file(self, weights)

    def build(self, input_shape):
        self.trunk.build((None, None, None, 3))
        self.build_heads(768, 2048)

    def compute_taps(self, images, training):
        taps = self.trunk(images, training=training)
        return taps["Mixed_6e"], taps["Mixed_7c"]

    def get_config(self):
        return {**super().get_config(), "weights": None}


def _is_of_keras(weights):
    return weights == "imagenet" or str(weights).endswith((".h5", ".hdf5"))
