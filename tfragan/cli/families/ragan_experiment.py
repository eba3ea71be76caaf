"""RAGAN out of a config, in all of its settings."""

import functools

import keras
import tensorflow as tf

from tfragan import callbacks
from tfragan import data as datasets
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.experiment import Experiment
from tfragan.cli.families.ragan_data import batch_options_of
from tfragan.cli.families.ragan_data import describe_part
from tfragan.cli.families.ragan_data import kind_of
from tfragan.cli.families.ragan_data import open_ragan_data
from tfragan.cli.families.ragan_data import setting_of
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.cli.families.text_to_image_experiment import damsm_of
from tfragan.cli.optimizers import learning_rate
from tfragan.cli.optimizers import scaled_for

_COLORS = 3


class RAGANExperiment(Experiment):
    """A training of `RAGAN`."""

    @classmethod
    def open_split(cls, config, split):
        return open_ragan_data(config, split)

    @classmethod
    def make_model(cls, config, train, test):
        source = setting_of(config).source
        options = config.network.to_dict()
        if source == "label":
            options["labels"] = train.labels.num_labels
        if kind_of(config) == "pairs":
            options["input_channels"] = _COLORS
        damsm = damsm_of(config, [train, test]) if source == "text" else None
        keras.utils.set_random_seed(config.seed)
        return models.RAGAN(damsm, seed=config.seed, **options)

    @classmethod
    def fit_data(cls, config, model, data):
        if model.setting.source != "text":
            return data
        known = datasets.with_known_words(
            data, model.tokenizer, config.data.on_bad_item
        )
        if kind_of(config) == "captions":
            known = known.choose_captions(config.data.captions)
        return known

    @classmethod
    def optimizers(cls, config, model, steps, steps_per_epoch):
        def optimizer(name):
            updates = 1
            if name == "generator_optimizer":
                updates = model.generator_updates
            rate = learning_rate(
                config.optimizer, steps, steps_per_epoch, updates
            )
            return scaled_for(config.precision, model.published_optimizer(rate))

        return {name: optimizer(name) for name in model.optimizer_names}

    @classmethod
    def evaluate(cls, arguments, config, preset):
        from tfragan.cli import guided_evaluation

        guided_evaluation.evaluate(arguments, config, preset)

    @classmethod
    def studies(cls, arguments, config, preset):
        from tfragan.cli import guided_studies

        return guided_studies.guided_studies(arguments, config, preset)

    def batch_options(self):
        return batch_options_of(self.config, self.model, self.train)

    def batch_spec(self, size):
        spec = self.model.batch_spec(size, self.config.data.max_words)
        if kind_of(self.config) == "pairs":
            side = self.model.image_size
            spec["inputs"] = tf.TensorSpec(
                (size, side, side, _COLORS), tf.float32
            )
        if "label_ids" in spec:
            attributes = len(self.train.labels.attributes)
            spec["label_ids"] = tf.TensorSpec((size, attributes), tf.int32)
        return spec

    @functools.cached_property
    def held_out(self):
        """The `HeldOut` images."""
        return HeldOut(self.config, self.model, self.test)

    def _directions(self):
        return ("ab", "ba") if self.model.setting.both_ways else ("ab",)

    def samplers(self, writer):
        reports, held_out = self.config.reports, self.held_out
        sheets = []
        for direction in self._directions():
            suffix = f"_{direction}" if len(self._directions()) > 1 else ""
            places = held_out.places(reports.samples)
            rows = held_out.read(places, direction)
            supervised = self.model.setting.supervised
            sheets.append(
                callbacks.GuidanceSheet(
                    writer,
                    rows.images,
                    held_out.guidances(reports.guidances, direction),
                    reports.samples_every,
                    rows.truths,
                    self.config.seed,
                    direction,
                    ("colors" if supervised else "edits") + suffix,
                    f"attention{suffix}",
                )
            )
        return sheets

    def evaluations(self, writer):
        reports = self.config.reports
        options = {
            "every_steps": reports.measure_every or None,
            "seed": self.config.seed,
        }

        def parts():
            return self.held_out.parts(reports.test_images, self._directions())

        if not self.model.setting.supervised:
            return [
                callbacks.EditEvaluation(
                    writer, parts, candidates=reports.candidates, **options
                )
            ]

        def chroma():
            train = HeldOut(self.config, self.model, self.train)
            return train.mean_chroma(reports.test_images)

        return [callbacks.ColorEvaluation(writer, parts, chroma, **options)]

    def describe_data(self):
        lines = [
            f"train: {describe_part(self.train)}",
            f"held out: {describe_part(self.test)}",
        ]
        if self.model.damsm is not None:
            words = len(self.model.tokenizer.vocabulary)
            lines.append(f"{words:,} words")
        return "\n".join(lines)

    def describe_batch(self):
        text = super().describe_batch()
        return f"{text} of each domain" if len(self._directions()) > 1 else text

    def alternatives(self):
        config = self.config
        half = config.network.image_size // 2
        candidates = {
            "batch_size": config.batch_size // 2,
            "network.generator_width": config.network.generator_width // 2,
            "precision": "mixed_bfloat16",
            "network.image_size": half - half % 4,
        }
        values = config_file.flatten(config)
        return [
            {key: value}
            for key, value in candidates.items()
            if value and values[key] != value
        ]
