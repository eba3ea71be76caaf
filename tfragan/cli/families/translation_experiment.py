"""U-GAT-IT and CycleGAN out of a config."""

import numpy as np
from ml_collections import ConfigDict

from tfragan import callbacks
from tfragan import data as datasets
from tfragan.cli import memory
from tfragan.cli.errors import UsageError
from tfragan.cli.experiment import Experiment

_LAYOUTS = ("auto", "unpaired")


class TranslationExperiment(Experiment):
    """A training of an `ImageTranslationModel` on `UnpairedImages`."""

    evaluation = "tfragan.cli.translation_evaluation"

    @classmethod
    def add_settings(cls, config):
        # The source is avatars, emoji, or a folder with trainA, trainB,
        # testA and testB.

        # Images are resized to this many pixels more, then cropped.
        config.data.enlarge = 30
        config.data.flip = True

        # Of generators and discriminators.
        config.optimizer = ConfigDict()
        config.optimizer.learning_rate = 2e-4
        # L2 in the gradient; in the variant tensorflow1 of kernels only.
        config.optimizer.weight_decay = 0.0
        # How the rate falls: ugatit, ugatit_tensorflow1, cyclegan, or
        # constant.
        config.optimizer.schedule = "constant"

        config.reports.checkpoint_every = 100_000
        # Training images in the grids, and test images beside them.
        config.reports.samples = 5
        # Steps between two distances of translated test images to real ones;
        # 0 for the start and the end only.
        config.reports.measure_every = 10_000
        # What they are measured on: inception_v3, efficientnet_lite0, auto
        # for the latter where its package is installed, or nothing.
        config.reports.features = "auto"

    @classmethod
    def shrink(cls, config):
        config.batch_size = 2
        config.data.source = "emoji"
        config.data.enlarge = 4
        config.reports.samples = 2
        config.reports.features = ""

    def open_data(self, split):
        data = self.config.data
        if data.layout not in _LAYOUTS:
            raise UsageError(
                f"config.data.layout={data.layout}: {self.config.model} takes "
                "two domains of images without captions, "
                f"{' or '.join(_LAYOUTS)}."
            )
        return datasets.unpaired_images(
            data.source, split, data.on_bad_item, images="decode"
        )

    def without_weights(self):
        return memory.without_weights()

    @property
    def batch_size(self):
        return self.config.batch_size * self.model.critic_steps

    def optimizer_settings(self, role):
        decay = self.config.optimizer.weight_decay
        return {**super().optimizer_settings(role), "weight_decay": decay}

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

    def describe_batch(self):
        return f"{super().describe_batch()} of each domain"

    def smaller_values(self):
        half = self.config.network.image_size // 2
        return {
            "network.light": True,
            "network.recompute": True,
            "precision": "mixed_bfloat16",
            "network.image_size": half - half % 4,
        }
