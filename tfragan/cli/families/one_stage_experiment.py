"""SSA-GAN and DF-GAN out of a config."""

from tfragan import models
from tfragan.cli.families.text_to_image_experiment import TextToImageExperiment
from tfragan.cli.optimizers import scaled_for


class OneStageExperiment(TextToImageExperiment):
    """A training of a `OneStageModel`; a subclass says of which."""

    @classmethod
    def optimizers(cls, config, model, steps, steps_per_epoch):
        return {
            name: scaled_for(
                config.precision,
                model.published_optimizer(
                    config.optimizer[name.replace("optimizer", "learning_rate")]
                ),
            )
            for name in model.optimizer_names
        }


class SSAGANExperiment(OneStageExperiment):
    """A training of `SSAGAN`."""

    model_class = models.SSAGAN


class DFGANExperiment(OneStageExperiment):
    """A training of `DFGAN`."""

    model_class = models.DFGAN
