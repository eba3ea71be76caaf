"""The generator of U-GAT-IT."""

import keras
import tensorflow as tf

from tfragan.layers import ClassActivationMap
from tfragan.layers import ReflectionConvolution
from tfragan.layers import ResidualBlock
from tfragan.layers.recomputation import recomputed
from tfragan.layers.recorded_config import RecordedLayer
from tfragan.models.ugatit.ugatit_layers import AdaptiveResidualBlock
from tfragan.models.ugatit.ugatit_layers import ConvolutionBlock
from tfragan.models.ugatit.ugatit_layers import Modulation
from tfragan.models.ugatit.ugatit_layers import UpBlock
from tfragan.models.ugatit.ugatit_layers import get_variant

# Below it the quarter of an image cannot be mirrored.
_SMALLEST_SIDE = 5


@keras.saving.register_keras_serializable(package="tfragan")
class UGATITGenerator(RecordedLayer, keras.Model):
    """Image of one domain to image of the other, steered by its attention.

    The image is halved twice and goes through residual blocks; an auxiliary
    classifier weights the channels; an MLP makes a scale and a shift of what
    it attends to, which steer the residual blocks of the way back.

    Args:
        image_size: height and width that the images have in training, a
            multiple of 4 from 8 on. `light` generators take others too; a
            side that is not a multiple of 4 is rounded up to one.
        light: whether the MLP sees averages instead of all features, of which
            each has a row of weights: 268 million at 256 pixels.
        variant: a key of `tfragan.models.ugatit.VARIANTS`: which published
            program the layers are those of.
        width: channels of the first layer; a quarter of the widest.
        residual_blocks: number of them, once before and once after the
            attention.
        smoothing: whether 0.1 is subtracted from `rho` of the residual
            blocks, where the variant does so.
        encoder_normalization: of the three layers in front of the residual
            blocks: `"instance"` as published, or `"layer_instance"`, a
            learned mix as in the layers that double the image.
        recompute: whether the activations inside of the parts are dropped and
            computed once more for the gradient, to save memory.

    Call arguments:
        images: tensor of shape `(batch, height, width, 3)` in [-1, 1].
        training: not used; training and inference are the same.

    Output:
        Dict of `image`, float32 `(batch, height, width, 3)` in [-1, 1];
        `cam_logit`, float32 `(batch, 2)`, the classifier's logits of average
        and maximum; and `heat_map`, float32 `(batch, height / 4, width / 4,
        1)`.

    Reference:
        - [Kim et al., 2019, U-GAT-IT](https://arxiv.org/abs/1907.10830),
          section 2.1; published code
    """

    def __init__(
        self,
        image_size=256,
        light=False,
        variant="pytorch",
        width=64,
        residual_blocks=4,
        smoothing=True,
        encoder_normalization="instance",
        recompute=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        get_variant(variant)
        if image_size % 4 or image_size < 8:
            raise ValueError(
                "image_size must be a multiple of 4, 8 at least. "
                f"Received: image_size={image_size}"
            )
        self.image_size = image_size
        self.light = light
        self.variant = variant
        self.width = width
        self.residual_blocks = residual_blocks
        self.smoothing = smoothing
        self.encoder_normalization = encoder_normalization
        self.recompute = recompute

    def build(self, input_shape=None):
        side = None if self.light else self.image_size // 4
        channels = 4 * self.width
        wide = (None, side, side, channels)
        self._build_encoder(wide)
        variant = get_variant(self.variant)
        self.attention = ClassActivationMap(
            shared=variant.shared_classifier,
            kernel_initializer=variant.kernel_initializer(),
            bias_initializer=variant.bias_initializer(2 * channels),
            dtype=self.dtype_policy,
            name="attention",
        )
        self.attention.build(wide)
        self.modulation = Modulation(
            channels, self.light, **self._options("modulation")
        )
        self.modulation.build(wide)
        self._build_decoder(wide)

    def _options(self, name):
        return {
            "variant": self.variant,
            "dtype": self.dtype_policy,
            "name": name,
        }

    def _build_encoder(self, wide):
        variant = get_variant(self.variant)
        normalization = self.encoder_normalization
        self.stem = ConvolutionBlock(
            self.width,
            7,
            1,
            normalization=normalization,
            **self._options("stem"),
        )
        self.stem.build((None, None, None, 3))
        self.down_blocks = [
            ConvolutionBlock(
                scale * self.width,
                normalization=normalization,
                **self._options(f"down_{scale}"),
            )
            for scale in (2, 4)
        ]
        for scale, block in enumerate(self.down_blocks, 1):
            block.build((None, None, None, scale * self.width))
        self.encoder_blocks = [
            ResidualBlock(
                wide[-1],
                use_bias=variant.generator_bias,
                affine=variant.affine_instance_norm,
                kernel_initializer=variant.kernel_initializer(),
                dtype=self.dtype_policy,
                name=f"encoder_{number}",
            )
            for number in range(1, self.residual_blocks + 1)
        ]
        for block in self.encoder_blocks:
            block.build(wide)

    def _build_decoder(self, wide):
        variant = get_variant(self.variant)
        self.decoder_blocks = [
            AdaptiveResidualBlock(
                wide[-1],
                smoothing=self.smoothing,
                **self._options(f"decoder_{number}"),
            )
            for number in range(1, self.residual_blocks + 1)
        ]
        for block in self.decoder_blocks:
            block.build(wide)
        self.up_blocks = [
            UpBlock(scale * self.width, **self._options(f"up_{scale}"))
            for scale in (2, 1)
        ]
        for scale, block in zip((4, 2), self.up_blocks, strict=True):
            block.build((None, None, None, scale * self.width))
        self.output_convolution = ReflectionConvolution(
            3,
            7,
            reflection=3,
            block=2,
            use_bias=variant.generator_bias,
            kernel_initializer=variant.kernel_initializer(),
            dtype=self.dtype_policy,
            name="output_convolution",
        )
        self.output_convolution.build((None, None, None, self.width))

    def call(self, images, training=False):
        self._check_size(images.shape)
        x = tf.cast(images, self.compute_dtype)
        for block in (self.stem, *self.down_blocks, *self.encoder_blocks):
            x = self._run(block, x)
        cam_logit, x, heat_map = self._run(self.attention, x)
        gamma, beta = self.modulation(x)
        for block in self.decoder_blocks:
            x = self._run(block, x, gamma, beta)
        for block in self.up_blocks:
            x = self._run(block, x)
        image = tf.cast(self.output_convolution(x), tf.float32)
        return {
            "image": tf.tanh(image),
            "cam_logit": cam_logit,
            "heat_map": heat_map,
        }

    def _run(self, part, *inputs):
        return recomputed(part, *inputs) if self.recompute else part(*inputs)

    def _check_size(self, shape):
        sizes = tuple(shape[1:3])
        if any(size is not None and size < _SMALLEST_SIDE for size in sizes):
            raise ValueError(
                f"Images must be at least {_SMALLEST_SIDE} pixels high and "
                f"wide. Received: images of {sizes[0]} x {sizes[1]}"
            )
        expected = self.image_size
        if not self.light and any(s not in (None, expected) for s in sizes):
            raise ValueError(
                f"This generator has weights for {expected} x {expected} "
                "pixels only; one with light=True takes any size. "
                f"Received: images of {sizes[0]} x {sizes[1]}"
            )

    @property
    def fixed_size(self):
        """The only height and width that it takes, or None."""
        return None if self.light else self.image_size

    @property
    def rho_variables(self):
        """The variables that training keeps within [0, 1]."""
        norms = [
            norm
            for block in self.decoder_blocks
            for norm in (block.norm_1, block.norm_2)
        ]
        norms += [block.norm for block in self.up_blocks]
        if self.encoder_normalization == "layer_instance":
            encoder = (self.stem, *self.down_blocks)
            norms += [block.norm for block in encoder]
        return [norm.rho for norm in norms]

    def clip_rho(self):
        """Clips `rho_variables` to [0, 1], as after a training step."""
        for rho in self.rho_variables:
            rho.assign(tf.clip_by_value(tf.convert_to_tensor(rho), 0.0, 1.0))
