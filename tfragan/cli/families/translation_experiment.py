"""U-GAT-IT and CycleGAN out of a config."""

import keras
import numpy as np

from tfragan import callbacks
from tfragan import data as datasets
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import Experiment
from tfragan.cli.optimizers import learning_rate
from tfragan.cli.optimizers import scaled_for

_LAYOUTS = ("auto", "unpaired")


class TranslationExperiment(Experiment):
    """An experiment on `UnpairedImages` with an `ImageTranslationModel`."""

    has_outline = True
    model_class: type[models.ImageTranslationModel]

    @classmethod
    def open_split(cls, config, split):
        data = config.data
        if data.layout not in _LAYOUTS:
            raise UsageError(
                f"config.data.layout={data.layout}: {config.model} takes two "
                f"domains of images without captions, {' or '.join(_LAYOUTS)}."
            )
        return datasets.unpaired_images(
            data.source, split, on_bad_item=data.on_bad_item
        )

    @classmethod
    def make_model(cls, config, train, test):
        keras.utils.set_random_seed(config.seed)
        return cls.model_class(seed=config.seed, **config.network.to_dict())

    @classmethod
    def items_per_step(cls, config, model):
        return config.batch_size * model.critic_steps

    @classmethod
    def optimizers(cls, config, model, steps, steps_per_epoch):
        def optimizer(updates):
            rate = learning_rate(
                config.optimizer, steps, steps_per_epoch, updates
            )
            return scaled_for(
                config.precision,
                model.published_optimizer(
                    learning_rate=rate,
                    weight_decay=config.optimizer.weight_decay,
                ),
            )

        return {
            "generator_optimizer": optimizer(1),
            "discriminator_optimizer": optimizer(model.critic_steps),
        }

    @classmethod
    def evaluate(cls, arguments, config, preset):
        from tfragan.cli import translation_evaluation

        translation_evaluation.evaluate(arguments, config, preset)

    @classmethod
    def studies(cls, arguments, config, preset):
        from tfragan.cli import translation_studies

        return translation_studies.translation_studies(
            arguments, config, preset
        )

    def batch_options(self):
        data = self.config.data
        return {
            "image_size": self.model.image_size,
            "enlarge": data.enlarge,
            "flip": data.flip,
            "seed": self.config.seed,
        }

    def samplers(self, writer):
        return [
            callbacks.TranslationGrid(
                writer,
                self._sampled("domain_a"),
                self._sampled("domain_b"),
                self.config.reports.samples_every,
            )
        ]

    def _sampled(self, domain):
        """Training images, then test images, each spread over all."""
        parts = []
        for data in (self.train, self.test):
            images = getattr(data, domain)
            count = min(len(images), self.config.reports.samples)
            places = [place * len(images) // count for place in range(count)]
            parts.append(images.images(places, self.model.image_size))
        return np.concatenate(parts)

    def evaluations(self, writer):
        reports = self.config.reports
        return [
            callbacks.TranslationDistance(
                writer,
                self.test,
                features=reports.features or None,
                every_steps=reports.measure_every or None,
            )
        ]

    def describe_data(self):
        return "\n".join(
            f"{name}: {len(part.domain_a):,} images of A and "
            f"{len(part.domain_b):,} of B of {part.name}"
            for name, part in (("train", self.train), ("held out", self.test))
        )

    def describe_batch(self):
        return f"{super().describe_batch()} of each domain"

    def alternatives(self):
        config = self.config
        half = config.network.image_size // 2
        candidates = {
            "network.light": True,
            "network.recompute": True,
            "precision": "mixed_bfloat16",
            "network.image_size": half - half % 4,
        }
        values = config_file.flatten(config)
        return [
            {key: value}
            for key, value in candidates.items()
            if key in values and values[key] != value
        ]


class UGATITExperiment(TranslationExperiment):
    """A training of `UGATIT`."""

    model_class = models.UGATIT


class CycleGANExperiment(TranslationExperiment):
    """A training of `CycleGAN`."""

    model_class = models.CycleGAN
