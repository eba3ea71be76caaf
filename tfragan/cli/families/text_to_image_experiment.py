"""Models that make images of sentences, out of a config."""

import pathlib

import keras
import numpy as np

from tfragan import callbacks
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.families.caption_experiment import CaptionExperiment
from tfragan.cli.families.damsm_experiment import make_damsm
from tfragan.cli.families.damsm_experiment import make_tokenizer
from tfragan.cli.run_folder import preset_of
from tfragan.visualization import to_pixels

_UNTRAINED = "untrained:"
# Panels of maps are large.
_MAP_CAPTIONS = 4


class TextToImageExperiment(CaptionExperiment):
    """A training of a `TextToImageModel` around the config's DAMSM.

    A subclass says the class of the model, `model_class`.
    """

    model_class: type[models.TextToImageModel]

    @classmethod
    def make_model(cls, config, train, test):
        damsm = damsm_of(config, [train, test])
        keras.utils.set_random_seed(config.seed)
        return cls.model_class(
            damsm, seed=config.seed, **config.network.to_dict()
        )

    @property
    def image_sizes(self):
        return self.model.image_sizes

    def batch_spec(self, size):
        return self.model.batch_spec(size, self.config.data.max_words)

    def sample_options(self):
        """Captions, their seed, and the steps between two pictures."""
        captions = [item.captions[0] for item in self._sampled().items]
        return captions, self.config.seed, self.config.reports.samples_every

    def samplers(self, writer):
        captions, seed, every = self.sample_options()
        reals = np.concatenate([*self._real_images(self._sampled())])
        samplers = [callbacks.ImageGrid(writer, captions, seed, every, reals)]
        if self.model.map_name:
            shown = captions[:_MAP_CAPTIONS]
            samplers.append(callbacks.MapPanel(writer, shown, seed, every))
        return samplers

    def _sampled(self):
        """Held-out items, spread over all."""
        total = len(self.test)
        count = min(total, self.config.reports.samples)
        return self.test.select(
            [place * total // count for place in range(count)]
        )

    def _real_images(self, data):
        for batch in self.evaluation_batches(data):
            yield to_pixels(batch["images"][-1])

    def evaluations(self, writer):
        captions = [item.captions[0] for item in self.held_out().items]
        options = self.evaluation_options()
        found = [
            callbacks.GeneratedRPrecision(
                writer,
                captions,
                generator_seed=self.config.seed,
                real_images=lambda: self._real_images(self.held_out()),
                **options,
            )
        ]
        # Runs of before have no such key.
        features = self.config.reports.get("features", "")
        if features:
            found.append(
                callbacks.GeneratedDistance(
                    writer,
                    captions,
                    lambda: self._real_images(self.held_out()),
                    features,
                    self.config.seed,
                    every_steps=options["every_steps"],
                    every_epochs=options["every_epochs"],
                )
            )
        return found


def damsm_of(config, splits):
    """The DAMSM that a config names.

    Args:
        config: a config with `damsm`, a run folder or preset, or
            `untrained:<config>`.
        splits: data whose captions an untrained one's vocabulary is made of.

    Returns:
        A `DAMSM`.

    Raises:
        UsageError: if there is no such folder.
    """
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
