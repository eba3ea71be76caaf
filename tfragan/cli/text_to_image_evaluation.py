"""`tfragan evaluate` of a DAMSM, or of what makes images of sentences."""

import functools
import json

import keras

from tfragan import metrics
from tfragan import models
from tfragan.cli import evaluation_report
from tfragan.cli import experiment
from tfragan.cli.diversity import measure_diversity
from tfragan.cli.diversity import open_lpips
from tfragan.evaluation.caption_draw import draw_captions
from tfragan.evaluation.caption_draw import write_draw
from tfragan.evaluation.caption_match import CaptionMatch
from tfragan.evaluation.damsm_features import DAMSMFeatures
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.evaluation.feature_comparison import FeaturesAndLogits
from tfragan.evaluation.image_source import CaptionedImageSource
from tfragan.evaluation.image_source import GeneratedImages
from tfragan.models.preset import load_parts
from tfragan.models.preset import preset_class
from tfragan.models.preset import untrained_model

GENERATED = "generated"
UNTRAINED = "untrained"
REAL = "real"
TRAINED_ON = "training images"

_OTHER_FLAGS = ("real", "fake", "image_size")
_OF_PICTURES = ("features", "weights", "resize", "untrained", "diversity")


def evaluate(arguments, config, preset):
    """Measures a preset and appends the results to metrics.jsonl.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.
    """
    arguments.refuse(_OTHER_FLAGS, f"a run of {config.model}")
    experiment.point_to_data(config, arguments)
    dataset = experiment.open_split(config, arguments.split)
    if config.model == "damsm":
        arguments.refuse(
            (*_OF_PICTURES, "captions_per_image"), "a run of damsm"
        )
        damsm = models.DAMSM.from_preset(preset)
        side = config.data.image_size or damsm.image_encoder.input_size
        evaluation = _Evaluation(arguments, config, preset, dataset, damsm)
        evaluation.damsm(damsm, side, int(damsm.global_step.numpy()))
    else:
        model = preset_class(preset).from_preset(preset)
        evaluation = _Evaluation(
            arguments, config, preset, dataset, model.damsm
        )
        evaluation.generator(model)


class _Evaluation:
    """The measurements of one preset."""

    def __init__(self, arguments, config, preset, dataset, damsm):
        self._arguments = arguments
        self._config = config
        self._preset = preset
        # What is missing is said before the pictures are made.
        self._lpips = open_lpips(arguments)
        self._embeddings = DAMSMFeatures(damsm)
        self._tokenizer = damsm.tokenizer
        count = arguments.count
        few = count and arguments.captions_per_image == "first"
        if few and count < len(dataset):
            dataset = dataset.select(range(count))
        self._dataset = dataset
        self._output = evaluation_report.output_of(arguments)
        self._folder = self._output / evaluation_report.FOLDER
        self._cache = evaluation_report.open_cache(arguments, self._folder)
        self._about = {
            "data": dataset.name,
            "split": dataset.split,
            **evaluation_report.about_preset(preset),
        }

    def damsm(self, damsm, side, step):
        """R-precision and similarity of real pairs."""
        match = self._match(damsm, step, side)
        (real,) = self._real(self._dataset, side, self._embeddings)
        match.add(REAL, real, first_captions(self._dataset))
        self._print_head(step, len(self._dataset))
        evaluation_report.report(match.measurements, self._output)

    def generator(self, model):
        """Everything about generated images."""
        step = int(model.global_step.numpy())
        side = model.image_sizes[-1]
        drawn = self._draw()
        captions = [each.caption for each in drawn]
        features = self._features()
        others = [] if features is None else [FeaturesAndLogits(features)]
        networks = (self._embeddings, *others)
        sets = {
            GENERATED: self._generated(
                model, self._about["preset_sha256"], drawn, networks
            )
        }
        if self._arguments.untrained:
            sets[UNTRAINED] = self._untrained(drawn, networks)
        real = self._real(self._dataset, side, *networks)
        match = self._match(model.damsm, step, side)
        for of, rows in sets.items():
            match.add(of, rows[0], captions)
            match.add_distance(of, rows[0], real[0])
        match.add(REAL, real[0], first_captions(self._dataset))
        self._print_head(step, len(drawn))
        measurements, remarks = match.measurements, []
        if features is not None:
            comparison = self._compare(features, sets, real, side, step)
            measurements = measurements + comparison.measurements
            remarks.append(comparison.remark())
        measurements = measurements + self._diversity(model, drawn, step)
        evaluation_report.report(
            measurements, self._output, remarks, [self._config.model]
        )

    def _match(self, damsm, step, side):
        about = {
            **self._about,
            **self._embeddings.protocol(),
            "image_size": side,
            "captions": self._arguments.captions_per_image,
        }
        return CaptionMatch(
            damsm,
            about,
            step,
            self._arguments.candidates,
            self._arguments.seed,
        )

    def _compare(self, features, sets, real, side, step):
        about = {
            **self._about,
            "image_size": side,
            "captions": self._arguments.captions_per_image,
        }
        comparison = FeatureComparison(
            features, about, step, self._arguments.seed
        )
        train = self._training_images()
        if train is not None:
            # As many as there are others: a Frechet distance depends on it.
            count = min(len(train), len(sets[GENERATED][1]))
            places = [at * len(train) // count for at in range(count)]
            (rows,) = self._real(
                train.select(places), side, FeaturesAndLogits(features)
            )
            sets = {**sets, TRAINED_ON: (None, rows)}
        for of, rows in sets.items():
            comparison.add(of, rows[1], real[1])
        return comparison

    def _draw(self):
        arguments = self._arguments
        drawn = draw_captions(
            self._dataset,
            arguments.count,
            arguments.seed,
            arguments.captions_per_image,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        name = (
            f"captions_{self._dataset.split}_{arguments.captions_per_image}"
            f"_{len(drawn)}_seed{arguments.seed}.jsonl"
        )
        write_draw(self._folder / name, drawn)
        return drawn

    def _generated(self, model, weights, drawn, networks, text="pictures"):
        source = GeneratedImages(
            model,
            weights,
            [each.caption for each in drawn],
            [each.seed for each in drawn],
            self._arguments.batch_size,
        )
        return self._cache.features(source, *networks, text=text)

    def _untrained(self, drawn, networks):
        keras.utils.set_random_seed(self._config.seed)
        model = untrained_model(self._preset)
        parts = model.preset_parts()
        kept = ("text_encoder", "image_encoder")
        load_parts({name: parts[name] for name in kept}, self._preset)
        # The same for all steps of a run.
        name = json.dumps(
            {
                "untrained": model.get_preset_config(),
                "seed": self._config.seed,
                "damsm": self._embeddings.protocol()["weights_sha256"],
            },
            sort_keys=True,
        )
        return self._generated(
            model, name, drawn, networks, "pictures of an untrained generator"
        )

    def _real(self, dataset, side, *networks):
        source = CaptionedImageSource(
            dataset, self._tokenizer, side, self._config.data.crop
        )
        return self._cache.features(source, *networks, text="real images")

    def _features(self):
        """The feature network, None where its package is missing."""
        arguments = self._arguments
        make = functools.partial(
            metrics.image_features,
            arguments.features,
            arguments.weights,
            arguments.resize,
        )
        if "features" in arguments.given:
            return make()
        try:
            return make()
        except ImportError as error:
            print(f"Without distances of features: {error}")
            return None

    def _training_images(self):
        # Training images are no scale for themselves.
        if self._config.data.train_split == self._dataset.split:
            return None
        return experiment.training_images(self._config)

    def _diversity(self, model, drawn, step):
        captions = list(dict.fromkeys(each.caption for each in drawn))
        return measure_diversity(
            self._lpips, model, captions, self._arguments, self._about, step
        )

    def _print_head(self, step, count):
        print(
            f"step {step:,}, {count:,} captions of {self._dataset.name}, "
            f"{self._dataset.split}"
        )


def first_captions(dataset):
    """The first caption of each image."""
    return [item.captions[0] for item in dataset.items]
