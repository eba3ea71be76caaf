"""Models that make images of sentences, out of a config."""

import numpy as np

from tfragan import callbacks
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.families.caption_experiment import CaptionExperiment
from tfragan.cli.families.damsm_experiment import make_damsm
from tfragan.cli.families.damsm_experiment import make_tokenizer
from tfragan.cli.runs import preset_of
from tfragan.evaluation.attribute_match import has_attributes
from tfragan.presets import preset_folder
from tfragan.visualization import to_pixels

_UNTRAINED = "untrained:"
# Panels of maps are large.
_MAP_CAPTIONS = 4


class TextToImageExperiment(CaptionExperiment):
    """A training of a `TextToImageModel` around the config's DAMSM."""

    @classmethod
    def add_settings(cls, config):
        super().add_settings(config)
        # A run folder or preset of DAMSM, or the name of one that comes with
        # the package; untrained:<config> for a trial without.
        config.damsm = ""
        config.optimizer.generator_learning_rate = 2e-4
        config.optimizer.discriminator_learning_rate = 2e-4
        # How both fall: constant, or linear, to zero in the second half.
        config.optimizer.schedule = "constant"
        config.reports.measure_every = 5000
        config.reports.test_images = 1000

    @classmethod
    def shrink(cls, config):
        super().shrink(config)
        config.damsm = "untrained:damsm_avatars:tiny"

    def make_model(self):
        return self.new_model(
            damsm_of(self.config, lambda: [self.train, self.test], self.run)
        )

    def batch_spec(self, size):
        return self.model.batch_spec(size, self.config.data.max_words)

    def samplers(self, writer):
        drawn = self._drawn()
        captions = [item.captions[0] for item in drawn.items]
        every, seed = self.config.reports.samples_every, self.config.seed
        reals = np.concatenate([*self._real_images(drawn)])
        found = [callbacks.ImageGrid(writer, captions, seed, every, reals)]
        if self.model.map_name:
            some = captions[:_MAP_CAPTIONS]
            found.append(callbacks.MapPanel(writer, some, seed, every))
        return found

    def _drawn(self):
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
        captions = [item.captions[0] for item in self.held_out.items]
        options = self.evaluation_options()
        found = [
            callbacks.GeneratedRPrecision(
                writer,
                captions,
                generator_seed=self.config.seed,
                real_images=lambda: self._real_images(self.held_out),
                class_ids=self.held_out.class_ids(),
                **options,
            )
        ]
        if has_attributes(self.test):
            found.append(
                callbacks.GeneratedAttributes(
                    writer,
                    captions,
                    self.config.seed,
                    every_steps=options["every_steps"],
                    every_epochs=options["every_epochs"],
                )
            )
        # Older runs have no such key.
        features = self.config.reports.get("features", "")
        if features:
            found.append(
                callbacks.GeneratedDistance(
                    writer,
                    captions,
                    lambda: self._real_images(self.held_out),
                    features,
                    self.config.seed,
                    every_steps=options["every_steps"],
                    every_epochs=options["every_epochs"],
                )
            )
        return found


def damsm_of(config, open_splits, run=None):
    """The `DAMSM` that a config names: a run, a preset or `untrained:<config>`.

    `open_splits` gives the data whose captions an untrained one's vocabulary
    is made of.
    """
    name = config.damsm
    if name.startswith(_UNTRAINED):
        other = config_file.load(name.removeprefix(_UNTRAINED))
        return make_damsm(other, make_tokenizer(other, open_splits, run))
    folder = preset_folder(name) if name else None
    if folder is None or not folder.is_dir():
        raise UsageError(
            f"config.damsm={name!r}: there is no such folder; train a DAMSM "
            "with `tfragan train --config=damsm_...` first, or try without "
            "one by --config.damsm=untrained:damsm_emoji."
        )
    return models.DAMSM.from_preset(preset_of(folder))
