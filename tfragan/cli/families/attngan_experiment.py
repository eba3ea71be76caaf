"""AttnGAN out of a config."""

import pathlib

import keras
import numpy as np

from tfragan import callbacks
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.families.caption_experiment import CaptionExperiment
from tfragan.cli.families.caption_experiment import published_adam
from tfragan.cli.families.damsm_experiment import make_damsm
from tfragan.cli.families.damsm_experiment import make_tokenizer
from tfragan.cli.run_folder import preset_of
from tfragan.visualization import to_pixels

_UNTRAINED = "untrained:"
_ATTENTION_CAPTIONS = 4


class AttnGANExperiment(CaptionExperiment):
    """A training of `AttnGAN` around the DAMSM that the config names."""

    @classmethod
    def make_model(cls, config, train, test):
        damsm = _damsm_of(config, [train, test])
        keras.utils.set_random_seed(config.seed)
        return models.AttnGAN(
            damsm, seed=config.seed, **config.network.to_dict()
        )

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

    @property
    def image_sizes(self):
        return self.model.image_sizes

    def batch_spec(self, size):
        return self.model.batch_spec(size, self.config.data.max_words)

    def samplers(self, writer):
        sampled = self._sampled()
        captions = [item.captions[0] for item in sampled.items]
        reals = [
            to_pixels(batch["images"][-1])
            for batch in self.evaluation_batches(sampled)
        ]
        seed, every = self.config.seed, self.config.reports.samples_every
        return [
            callbacks.ImageGrid(
                writer, captions, seed, every, np.concatenate(reals)
            ),
            callbacks.AttentionMapPanel(
                writer, captions[:_ATTENTION_CAPTIONS], seed, every
            ),
        ]

    def _sampled(self):
        """Held-out items, spread over all."""
        total = len(self.test)
        count = min(total, self.config.reports.samples)
        return self.test.select(
            [place * total // count for place in range(count)]
        )

    def evaluations(self, writer):
        return [
            callbacks.GeneratedRPrecision(
                writer,
                [item.captions[0] for item in self.held_out().items],
                generator_seed=self.config.seed,
                **self.evaluation_options(),
            )
        ]


def _damsm_of(config, splits):
    name = config.damsm
    if name.startswith(_UNTRAINED):
        other = config_file.load(name.removeprefix(_UNTRAINED))
        return make_damsm(other, make_tokenizer(other, splits))
    if not name or not pathlib.Path(name).is_dir():
        raise UsageError(
            f"config.damsm={name!r}: there is no such folder; train a DAMSM "
            "with `tfragan train --config=damsm_...` first, or try without "
            "one by --config.damsm=untrained:damsm_emoji."
        )
    return models.DAMSM.from_preset(preset_of(name))
