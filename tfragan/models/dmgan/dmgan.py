"""DM-GAN: sentence to image through a dynamic memory of the words."""

import keras

from tfragan.models.attngan.attngan import AttnGAN
from tfragan.models.dmgan.dmgan_discriminator import DMGANDiscriminator
from tfragan.models.dmgan.dmgan_generator import DMGANGenerator


@keras.saving.register_keras_serializable(package="tfragan")
class DMGAN(AttnGAN):
    """Dynamic memory generative adversarial network.

    It is trained, sampled and served as `AttnGAN`, whose losses it has. Its
    later stages write the words into a memory and read that, see
    `DynamicMemory`; its discriminators are spectrally normalized.

    Args:
        damsm: a trained `DAMSM`; its encoders do not learn.
        generator_width: channels of the generator's feature maps.
        discriminator_width: channels after a discriminator's first layer.
        mask_order: `"correct"`, or `"published"` for the mask as the
            published code tiles it, see `DynamicMemory`.

    The other arguments are those of `AttnGAN`, without `dcgan`.

    Call arguments:
        inputs: dict of `token_ids` and `seeds`, see `TextToImageModel`.

    Example:

    ```python
    model = tfragan.models.DMGAN(damsm, base_size=16, stages=3)
    model.compile()
    model.fit(data.batches(10, model.tokenizer, model.image_sizes), epochs=9,
              steps_per_epoch=data.steps_per_epoch(10))
    images = model.generate(["a red bird with black wings"], seed=0)
    ```

    Reference:
        - [Zhu et al., 2019](https://arxiv.org/abs/1904.01310)
    """

    config_name = "dmgan"
    converter = "tfragan.convert.dmgan_weights"
    published_config = {
        "batch_size": 10,
        "epochs": 800,
    }

    def __init__(
        self,
        damsm,
        base_size=64,
        stages=3,
        generator_width=64,
        discriminator_width=32,
        noise_dim=100,
        condition_dim=100,
        residual_blocks=2,
        damsm_weight=5.0,
        kl_weight=1.0,
        augment="",
        average_decay=0.999,
        average_rises=False,
        mask_order="correct",
        seed=0,
        **kwargs,
    ):
        super().__init__(
            damsm,
            base_size,
            stages,
            generator_width,
            discriminator_width,
            noise_dim,
            condition_dim,
            residual_blocks,
            dcgan=False,
            damsm_weight=damsm_weight,
            kl_weight=kl_weight,
            augment=augment,
            average_decay=average_decay,
            average_rises=average_rises,
            mask_order=mask_order,
            seed=seed,
            **kwargs,
        )

    @classmethod
    def arguments(cls):
        # There is no variant with a single image.
        return [name for name in super().arguments() if name != "dcgan"]

    def make_generator(self, name):
        return DMGANGenerator(
            self.damsm.embedding_dim,
            self.base_size,
            self.stages,
            self.generator_width,
            self.noise_dim,
            self.condition_dim,
            self.residual_blocks,
            mask_order=self.mask_order,
            dtype=self.dtype_policy,
            name=name,
        )

    def make_discriminators(self):
        return {
            f"discriminator_{size}": DMGANDiscriminator(
                size,
                self.damsm.embedding_dim,
                self.discriminator_width,
                dtype=self.dtype_policy,
                name=f"discriminator_{size}",
            )
            for size in self.image_sizes
        }
