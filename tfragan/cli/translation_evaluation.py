"""`tfragan evaluate` and `report` of models that translate images."""

import functools

import keras

from tfragan import metrics
from tfragan.cli import evaluation_report
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.evaluation.feature_comparison import FeaturesAndLogits
from tfragan.evaluation.image_source import DomainImages
from tfragan.evaluation.image_source import TranslatedImages
from tfragan.models.preset import read_preset_config
from tfragan.models.translation import DIRECTIONS
from tfragan.models.translation import load_generator
from tfragan.models.translation import read_translation_preset
from tfragan.models.translation import translate_images
from tfragan.reports.image_study import ImagePool
from tfragan.reports.image_study import ImageStudy
from tfragan.reports.report_pictures import spread

_OTHER_FLAGS = (
    "real",
    "fake",
    "image_size",
    "candidates",
    "captions_per_image",
    "diversity",
)

UNTRAINED = "untrained"
UNTRANSLATED = "untranslated"
TRAINED_ON = "training images"


def evaluate(experiment, arguments, preset):
    """Measures both generators of a preset and appends to metrics.jsonl."""
    config = experiment.config
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    held_out = experiment.open_split(arguments.split)
    features = metrics.image_features(
        arguments.features, arguments.weights, arguments.resize
    )
    stored = read_preset_config(preset, experiment.model_class.__name__)
    size = stored["config"]["image_size"]
    about = {**evaluation_report.about(held_out, preset), "image_size": size}
    comparison = FeatureComparison(
        features, about, stored["global_step"], arguments.seed
    )
    train = experiment.training_images_beside(held_out)
    evaluation = TranslationEvaluation(
        comparison,
        evaluation_report.open_cache(arguments),
        held_out,
        train,
        size,
        arguments,
    )
    for direction in DIRECTIONS:
        evaluation.measure(
            direction,
            load_generator(preset, direction),
            about["preset_sha256"],
        )
        if arguments.untrained:
            keras.utils.set_random_seed(config.seed)
            evaluation.measure_untrained(
                direction,
                _untrained_generator(preset, direction),
                f"untrained {config.seed} {stored['config']}",
            )
    print(f"step {stored['global_step']:,}, {held_out.name}, {held_out.split}")
    remarks = [comparison.remark(), _about_the_mix(comparison)]
    output = evaluation_report.output_of(arguments)
    evaluation_report.report(
        comparison.measurements, output, remarks, [config.model]
    )


class TranslationEvaluation:
    """Measures generators beside readings of the scale.

    Args:
        comparison: the `FeatureComparison` that gets the rows.
        cache: a `FeatureCache`.
        held_out: `UnpairedImages` to translate and to compare with.
        train: `UnpairedImages` trained on, or None.
        image_size: side of the images in pixels.
        arguments: the parsed command line: `count` images of each domain,
            spread over all, 0 for all, and the `batch_size`.
    """

    def __init__(
        self, comparison, cache, held_out, train, image_size, arguments
    ):
        self._comparison = comparison
        self._network = FeaturesAndLogits(comparison.features)
        self._cache = cache
        self._held_out = {"a": held_out.domain_a, "b": held_out.domain_b}
        self._train = None
        if train is not None:
            self._train = {"a": train.domain_a, "b": train.domain_b}
        self._size = image_size
        self._count = arguments.count or None
        self._batch_size = arguments.batch_size

    def measure(self, direction, generator, weights):
        """Adds the sets of a direction; the distance of the translations.

        `weights` is the name of the generator's, see `TranslatedImages`.
        """
        source, target = direction
        rows = self._translated(direction, generator, weights)
        real = self._rows(self._images(target))
        untranslated = self._rows(self._images(source))
        to_target = self._comparison.add(direction, rows, real)
        self._comparison.add(f"{direction} {UNTRANSLATED}", untranslated, real)
        if self._train is not None:
            # As many as there are translations: a Frechet distance depends
            # on the number of images.
            train = DomainImages(self._train[target], self._size, len(rows))
            self._comparison.add(
                f"{direction} {TRAINED_ON}", self._rows(train), real
            )
        to_source = metrics.kernel_distance(
            self._network.split(untranslated)[0],
            self._network.split(rows)[0],
            subsets=1,
        )
        return self._comparison.add_weighted(direction, to_target, to_source)

    def measure_untrained(self, direction, generator, weights):
        """Adds what a generator without training makes; see `measure`."""
        rows = self._translated(direction, generator, weights)
        real = self._rows(self._images(direction[1]))
        self._comparison.add(f"{direction} {UNTRAINED}", rows, real)

    def _images(self, name):
        return DomainImages(self._held_out[name], self._size, self._count)

    def _translated(self, direction, generator, weights):
        translate = functools.partial(
            translate_images, generator, batch_size=self._batch_size
        )
        source = TranslatedImages(
            self._images(direction[0]),
            translate,
            weights,
            direction=direction,
            batch_size=self._batch_size,
        )
        return self._rows(source, f"translations {direction}")

    def _rows(self, source, text="images"):
        (rows,) = self._cache.features(source, self._network, text=text)
        return rows


def _untrained_generator(preset, direction):
    model_class, stored = read_translation_preset(preset)
    generator = model_class.generator_from_config(
        stored["config"], f"generator_{direction}"
    )
    generator.build()
    return generator


def _about_the_mix(comparison):
    name = comparison.name("weighted_kernel_distance")
    return (
        f"{name} is 0.02 of the kernel distance to the target and 0.98 of "
        "that to the source, halved, as U-GAT-IT's tables probably are; it is "
        "no KID."
    )


def studies(experiment, arguments, preset):
    """Translated held-out images of both directions, an `ImageStudy` each."""
    held_out, train = experiment.open_split(arguments.split), experiment.train
    stored = read_preset_config(preset, experiment.model_class.__name__)
    size = stored["config"]["image_size"]
    found = []
    for direction in DIRECTIONS:
        source, target = (f"domain_{letter}" for letter in direction)
        sources, names = _some(getattr(held_out, source), arguments, size)
        real, real_names = _some(getattr(held_out, target), arguments, size)
        found.append(
            ImageStudy(
                title=f"from {' to '.join(direction.upper())}",
                made="translations",
                images=translate_images(
                    load_generator(preset, direction),
                    sources,
                    batch_size=arguments.batch_size,
                ),
                names=names,
                sources=sources,
                held_out=real,
                held_out_names=real_names,
                training=_pool(experiment.config, getattr(train, target), size),
            )
        )
    return found


def _some(domain, arguments, size):
    """Some images of a domain, and their names."""
    places = spread(range(len(domain)), arguments.count)
    return domain.images(places, size), [domain.keys[one] for one in places]


def _pool(config, domain, size):
    return ImagePool(
        (str(config.data.source), domain.name, domain.fingerprint, size),
        list(domain.keys),
        lambda places: domain.images(places, size),
    )
