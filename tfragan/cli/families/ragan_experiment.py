"""RAGAN out of a config, in all of its settings."""

import functools

import tensorflow as tf
from ml_collections import ConfigDict

from tfragan import callbacks
from tfragan import data as datasets
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import Experiment
from tfragan.cli.families.caption_experiment import add_batch_settings
from tfragan.cli.families.mismatched_pairs import check_batch_size
from tfragan.cli.families.mismatched_pairs import check_mismatches
from tfragan.cli.families.ragan_data import batch_options_of
from tfragan.cli.families.ragan_data import kind_of
from tfragan.cli.families.ragan_data import open_ragan_data
from tfragan.cli.families.ragan_data import setting_of
from tfragan.cli.families.ragan_held_out import HeldOut
from tfragan.cli.families.text_to_image_experiment import damsm_of

_COLORS = 3


class RAGANExperiment(Experiment):
    """A training of `RAGAN`, on the data that its guidance needs."""

    evaluation = "tfragan.cli.guided_evaluation"
    arguments_of_data = ("labels", "input_channels")

    @classmethod
    def add_settings(cls, config):
        data, reports = config.data, config.reports
        # Guidance by text: a run folder or preset of DAMSM;
        # untrained:<config> for a trial without.
        config.damsm = ""

        # captions, labels, pairs or unpaired; auto is what the guidance
        # needs.
        data.kind = "auto"
        # Of pairs: ba makes inputs of the targets.
        data.direction = "ab"
        add_batch_settings(data)
        # Unpaired images are resized to this many pixels more, then cropped.
        data.enlarge = 30

        config.optimizer = ConfigDict()
        config.optimizer.learning_rate = 2e-4
        # ragan falls to 0 in the second half of the epochs; or constant.
        config.optimizer.schedule = "ragan"

        # Held-out images in a sheet, and captions, labels or images beside
        # them.
        reports.samples = 4
        reports.guidances = 8
        # Steps between two measurements; 0 for the start and the end only.
        reports.measure_every = 5000
        # Captions to choose from in R-precision, and test images to measure
        # on.
        reports.candidates = 100
        reports.test_images = 1000

    @classmethod
    def shrink(cls, config):
        config.batch_size = 2
        config.data.enlarge = 4
        config.data.source = "emoji"
        if "text" in config.network.guidance:
            config.damsm = "untrained:damsm_avatars:tiny"
            config.data.source = "avatars"
        config.reports.samples = 2
        config.reports.guidances = 3
        config.reports.candidates = 4
        config.reports.test_images = 8

    def open_data(self, split):
        return open_ragan_data(self.config, split)

    def make_model(self):
        config, source = self.config, setting_of(self.config).source
        options = {}
        if source == "label":
            options["labels"] = self.train.labels.num_labels
        if kind_of(config) == "pairs":
            options["input_channels"] = _COLORS
        damsm = None
        if source == "text":
            damsm = damsm_of(config, lambda: [self.train, self.test], self.run)
        return self.new_model(damsm, **options)

    def usable_data(self, data, model):
        if model.setting.source != "text":
            return data
        known = datasets.with_known_words(
            data, model.tokenizer, self.config.data.on_bad_item
        )
        if kind_of(self.config) == "captions":
            known = known.choose_captions(self.config.data.captions)
        return known

    def check_training(self):
        source = self.model.setting.source
        if source == "text":
            check_mismatches(self.train, self.batch_size)
        if source != "label":
            return
        check_batch_size(self.batch_size)
        labels = self.train.labels
        if labels.num_labels == len(labels.attributes):
            names = ", ".join(name for group in labels.names for name in group)
            raise UsageError(
                f"{self.train.name}, {self.train.split}: every image has the "
                f"same labels, {names}, so that there is nothing to guide by. "
                "Expected several labels of an attribute."
            )

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
                    writer,
                    parts,
                    candidates=reports.candidates,
                    captions=self.held_out.captions(reports.test_images),
                    **options,
                )
            ]

        def chroma():
            train = HeldOut(self.config, self.model, self.train)
            return train.mean_chroma(reports.test_images)

        return [callbacks.ColorEvaluation(writer, parts, chroma, **options)]

    def describe_batch(self):
        text = super().describe_batch()
        return f"{text} of each domain" if len(self._directions()) > 1 else text

    def smaller_values(self):
        config = self.config
        half = config.network.image_size // 2
        return {
            "batch_size": config.batch_size // 2,
            "network.generator_width": config.network.generator_width // 2,
            "precision": "mixed_bfloat16",
            "network.image_size": half - half % 4,
        }
