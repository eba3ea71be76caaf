"""AttnGAN out of a config."""

from tfragan import callbacks
from tfragan import models
from tfragan.cli.families.caption_experiment import published_adam
from tfragan.cli.families.text_to_image_experiment import TextToImageExperiment

_ATTENTION_CAPTIONS = 4


class AttnGANExperiment(TextToImageExperiment):
    """A training of `AttnGAN`."""

    model_class = models.AttnGAN

    @classmethod
    def optimizers(cls, config, model, steps, steps_per_epoch):
        settings = config.optimizer
        return {
            "generator_optimizer": published_adam(
                settings.generator_learning_rate, config.precision
            ),
            "discriminator_optimizer": published_adam(
                settings.discriminator_learning_rate, config.precision
            ),
        }

    def samplers(self, writer):
        captions, seed, every = self.sample_options()
        panel = callbacks.AttentionMapPanel(
            writer, captions[:_ATTENTION_CAPTIONS], seed, every
        )
        return [*super().samplers(writer), panel]
