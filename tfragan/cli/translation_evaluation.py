"""`tfragan evaluate` of a model that translates images."""

import functools
import pathlib

from tfragan import metrics
from tfragan.cli import experiment
from tfragan.cli.distance_report import DistanceReport
from tfragan.cli.families import experiment_class
from tfragan.models.preset import read_preset_config
from tfragan.models.translation import DIRECTIONS
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images

_OTHER_FLAGS = ("real", "fake", "image_size", "candidates")

TRANSLATED = "translations"
UNTRANSLATED = "source images as they are"
TRAINED_ON = "training images of the target domain"


def evaluate(arguments, config, preset):
    """Measures both generators of a preset and appends to its files.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.
    """
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    experiment.point_to_data(config, arguments)
    held_out = experiment.open_split(config, arguments.split)
    features = metrics.image_features(arguments.features, arguments.weights)
    class_name = experiment_class(config).model_class.__name__
    stored = read_preset_config(preset, class_name)
    about = {
        "step": stored["global_step"],
        "data": held_out.name,
        "split": held_out.split,
        "image_size": stored["config"]["image_size"],
        "preset": str(preset),
    }
    report = DistanceReport(features, about, arguments.seed)
    evaluation = TranslationEvaluation(
        features,
        report,
        held_out,
        _training_images(config, held_out),
        about["image_size"],
        arguments.count,
        arguments.batch_size,
    )
    print(f"step {about['step']:,}, {held_out.name}, {held_out.split}")
    weighted = []
    for direction in DIRECTIONS:
        generator = load_generator(preset, direction)
        weighted.append(evaluation.measure(direction, generator))
    print(report.table())
    if features.name == "inception_v3":
        print(_weighted_in_words(report.weighted, weighted))
    report.append_to(pathlib.Path(arguments.output or arguments.workdir))


class TranslationEvaluation:
    """Measures generators beside two readings of the scale.

    Args:
        features: an `ImageFeatures`.
        report: the `DistanceReport` that gets the rows.
        held_out: `UnpairedImages` to translate and to compare with.
        train: `UnpairedImages` trained on, or None.
        image_size: side of the images in pixels.
        count: images of each domain, spread over all; 0 for all.
        batch_size: images at a time.
    """

    def __init__(
        self, features, report, held_out, train, image_size, count, batch_size
    ):
        self.features = features
        self.report = report
        self.held_out = {"a": held_out.domain_a, "b": held_out.domain_b}
        self.train = None
        if train is not None:
            self.train = {"a": train.domain_a, "b": train.domain_b}
        self.image_size = image_size
        self.count = count or None
        self.batch_size = batch_size
        self._real = {}

    def measure(self, direction, generator):
        """Adds the rows of a direction.

        Args:
            direction: `"ab"` or `"ba"`.
            generator: the network of that direction.

        Returns:
            The `WeightedKernelDistance` of the translations.
        """
        source, target = direction
        translations = self._features_of(
            self.held_out[source],
            self.count,
            functools.partial(
                translate_images, generator, batch_size=self.batch_size
            ),
        )
        add = functools.partial(
            self.report.add, real=self._held_out(target), direction=direction
        )
        to_target = add(TRANSLATED, others=translations)
        add(UNTRANSLATED, others=self._held_out(source))
        if self.train is not None:
            # As many as there are translations: a Frechet distance depends
            # on the number of images.
            count = len(translations)
            train = self._features_of(self.train[target], count)
            add(TRAINED_ON, others=train)
        to_source = metrics.kernel_distance(
            self._held_out(source), translations, subsets=1
        )
        return self.report.add_weighted(
            TRANSLATED, to_target, to_source, direction=direction
        )

    def _held_out(self, name):
        if name not in self._real:
            domain = self.held_out[name]
            self._real[name] = self._features_of(domain, self.count)
        return self._real[name]

    def _features_of(self, domain, count, translate=None):
        return metrics.domain_features(
            self.features,
            domain,
            self.image_size,
            translate,
            count,
            self.batch_size,
        )


def _training_images(config, held_out):
    """The other side of the scale, None where it is the same or missing."""
    split = config.data.train_split
    if split == held_out.split:
        return None
    try:
        return experiment.open_split(config, split)
    except (OSError, ValueError) as error:
        print(f"Without the training images: {error}")
        return None


def _weighted_in_words(name, results):
    values = ", ".join(
        f"{direction} {result.value:.4f} +- {result.standard_error:.4f}"
        for direction, result in zip(DIRECTIONS, results, strict=True)
    )
    return (
        f"{name} (0.02 of the distance to the target, 0.98 of that to the "
        f"source, halved; no KID): {values}"
    )
