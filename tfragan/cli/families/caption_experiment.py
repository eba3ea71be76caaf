"""What models of captioned images share."""

import keras

from tfragan import data as datasets
from tfragan.cli.experiment import Experiment
from tfragan.cli.optimizers import scaled_for


class CaptionExperiment(Experiment):
    """An experiment on `CaptionedImages`, with a model that has a DAMSM."""

    @classmethod
    def open_split(cls, config, split):
        data = config.data
        return datasets.open_dataset(
            data.source, split, layout=data.layout, on_bad_item=data.on_bad_item
        )

    @classmethod
    def fit_data(cls, config, model, data):
        known = datasets.with_known_words(
            data, model.tokenizer, config.data.on_bad_item
        )
        return known.choose_captions(config.data.get("captions", "random"))

    @classmethod
    def evaluate(cls, arguments, config, preset):
        from tfragan.cli import text_to_image_evaluation

        text_to_image_evaluation.evaluate(arguments, config, preset)

    @classmethod
    def studies(cls, arguments, config, preset):
        from tfragan.cli import caption_studies

        return caption_studies.caption_studies(arguments, config, preset)

    @property
    def image_sizes(self):
        """Sides of the images of a batch."""
        raise NotImplementedError

    def batch_options(self):
        data = self.config.data
        return {
            "tokenizer": self.model.tokenizer,
            "image_sizes": self.image_sizes,
            "max_words": data.max_words or None,
            "crop": data.crop,
            "flip": data.flip and self.train.mirrored_fits,
            "seed": self.config.seed,
        }

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

        Args:
            data: a `CaptionedImages`.

        Returns:
            A `tf.data.Dataset`, see `CaptionedImages.batches`.
        """
        options = self.batch_options()
        return data.batches(
            min(self.config.batch_size, len(data)),
            training=False,
            **{**options, "image_sizes": self.image_sizes[-1:]},
        )

    def describe_data(self):
        lines = []
        for name, part in (("train", self.train), ("held out", self.test)):
            lines.append(
                f"{name}: {len(part):,} images, {len(part.captions()):,} "
                f"captions, {part.num_classes:,} classes of {part.name}"
            )
        lines.append(f"{len(self.model.tokenizer.vocabulary):,} words")
        if self.train.every_caption:
            lines.append("an epoch visits every caption")
        return "\n".join(lines)


def published_adam(rate, precision):
    """Adam as the published code of both models sets it.

    Args:
        rate: a float or a schedule.
        precision: the value of `config.precision`.

    Returns:
        A Keras optimizer.
    """
    return scaled_for(
        precision,
        keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.999, epsilon=1e-8),
    )
