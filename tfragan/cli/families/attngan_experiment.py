"""AttnGAN out of a config."""

from tfragan import models
from tfragan.cli.families.caption_experiment import published_adam
from tfragan.cli.families.text_to_image_experiment import TextToImageExperiment


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
