"""What models of captioned images share."""

import functools

from ml_collections import ConfigDict

from tfragan import data as datasets
from tfragan.cli.experiment import Experiment
from tfragan.cli.families.mismatched_pairs import check_mismatches
from tfragan.cli.families.mismatched_pairs import describe_mask


def add_batch_settings(data):
    """Adds what batches of images are made by to the `data` of a config."""
    # Words of a caption that are kept; 0 for as many as the tokenizer's.
    data.max_words = 0
    # random or every: what an epoch visits once, each image with a caption
    # at random, or each caption with its image.
    data.captions = "random"
    # random, center or full; see tfragan.data.image_batches.
    data.crop = "random"
    # Mirrors images, where the data set says that they still fit.
    data.flip = True
    # With how many captions that are wrong by a word each comes, see
    # tfragan.data.near_misses.
    data.near_misses = 0


class CaptionExperiment(Experiment):
    """An experiment on `CaptionedImages`, with a model that has a DAMSM."""

    evaluation = "tfragan.cli.text_to_image_evaluation"

    @classmethod
    def add_settings(cls, config):
        data, reports = config.data, config.reports
        # The source is a folder, or avatars, emoji, emoji:twemoji.

        # Side of DAMSM's images, 0 for what its image encoder takes in.
        data.image_size = 0
        add_batch_settings(data)

        # Steps between two measurements of R-precision; 0 for each epoch.
        reports.measure_every = 0
        # Captions in the picture of samples.
        reports.samples = 8
        # Captions to choose from in R-precision, and test images it is taken
        # on.
        reports.candidates = 100
        reports.test_images = 2000
        # What a kernel distance of pictures is measured on beside it: the
        # name of features, auto for EfficientNet-Lite0 where its package is
        # installed, or nothing.
        reports.features = ""
        config.optimizer = ConfigDict()

    @classmethod
    def shrink(cls, config):
        config.batch_size = 4
        config.data.source = "avatars"
        config.reports.samples = 4
        config.reports.candidates = 10
        config.reports.test_images = 16

    def open_data(self, split):
        data = self.config.data
        return datasets.open_dataset(
            data.source, split, data.layout, data.on_bad_item, images="decode"
        )

    def usable_data(self, data, model):
        known = datasets.with_known_words(
            data, model.tokenizer, self.config.data.on_bad_item
        )
        return known.choose_captions(self.config.data.get("captions", "random"))

    @property
    def _masks_classes(self):
        # A DAMSM itself, or the one of a model that learns from it.
        damsm = getattr(self.model, "damsm", self.model)
        return damsm.mask_same_class

    def check_training(self):
        check_mismatches(self.train, self.batch_size, self._masks_classes)

    def describe_data(self):
        lines = describe_mask(self.train, self._masks_classes)
        return "\n".join([super().describe_data(), *lines])

    @property
    def image_sizes(self):
        """Sides of the images of a batch."""
        return self.model.image_sizes

    def batch_options(self):
        data = self.config.data
        return {
            "tokenizer": self.model.tokenizer,
            "image_sizes": self.image_sizes,
            "max_words": data.max_words or None,
            "crop": data.crop,
            "flip": data.flip and self.train.mirrored_fits,
            # Older runs have no such key.
            "near_misses": data.get("near_misses", 0),
            "seed": self.config.seed,
        }

    @functools.cached_property
    def held_out(self):
        """The captioned images that are measured on."""
        count = min(len(self.test), self.config.reports.test_images)
        return self.test.select(range(count))

    def evaluation_options(self):
        """When and how R-precision is measured."""
        reports = self.config.reports
        return {
            "every_steps": reports.measure_every or None,
            "every_epochs": None if reports.measure_every else 1,
            "candidates": reports.candidates,
            "seed": self.config.seed,
        }

    def evaluation_batches(self, data):
        """One pass over held-out images at the size that DAMSM looks at.

        See `CaptionedImages.batches`.
        """
        options = self.batch_options()
        return data.batches(
            min(self.config.batch_size, len(data)),
            training=False,
            **{**options, "image_sizes": self.image_sizes[-1:]},
        )
