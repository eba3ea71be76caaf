"""`tfragan evaluate` and `report` of a DAMSM, or of images of sentences."""

import functools
import json

import keras
import numpy as np

from tfragan import metrics
from tfragan import models
from tfragan.cli import evaluation_report
from tfragan.evaluation.attribute_match import has_attributes
from tfragan.evaluation.attribute_match import measure_attributes
from tfragan.evaluation.caption_draw import draw_captions
from tfragan.evaluation.caption_draw import write_draw
from tfragan.evaluation.caption_match import CaptionMatch
from tfragan.evaluation.damsm_features import DAMSMFeatures
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.evaluation.feature_comparison import FeaturesAndLogits
from tfragan.evaluation.image_source import CaptionedImageSource
from tfragan.evaluation.image_source import GeneratedImages
from tfragan.evaluation.measurement import Measurement
from tfragan.metrics.avatar_judge import IMAGE_SIZE
from tfragan.metrics.avatar_judge import AvatarJudge
from tfragan.models.preset import load_parts
from tfragan.models.preset import untrained_model
from tfragan.reports.image_study import ImagePool
from tfragan.reports.image_study import ImageStudy
from tfragan.reports.report_pictures import spread
from tfragan.visualization import to_pixels

GENERATED = "generated"
UNTRAINED = "untrained"
REAL = "real"
TRAINED_ON = "training images"
COSINE = "the cosine of image and caption by the run's DAMSM"

_OTHER_FLAGS = ("real", "fake", "image_size")
_NOISES = 4
_AT_ONCE = 64
_OF_PICTURES = ("features", "weights", "resize", "untrained", "diversity")


def evaluate(experiment, arguments, preset):
    """Measures a preset and appends the results to metrics.jsonl."""
    model_class, name = experiment.model_class, experiment.config.model
    arguments.refuse(_OTHER_FLAGS, f"a run of {name}")
    alone = issubclass(model_class, models.DAMSM)
    if alone:
        arguments.refuse(
            (*_OF_PICTURES, "captions_per_image"), f"a run of {name}"
        )
    dataset = experiment.open_split(arguments.split)
    model = model_class.from_preset(preset)
    damsm = model if alone else model.damsm
    evaluation = _Evaluation(experiment, arguments, preset, dataset, damsm)
    if alone:
        side = _side(experiment.config, damsm)
        evaluation.damsm(damsm, side, int(damsm.global_step.numpy()))
    else:
        evaluation.generator(model)


class _Evaluation:
    """The measurements of one preset."""

    def __init__(self, experiment, arguments, preset, dataset, damsm):
        self._experiment = experiment
        self._arguments = arguments
        self._config = experiment.config
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
        self._cache = evaluation_report.open_cache(arguments)
        self._about = evaluation_report.about(dataset, preset)

    def damsm(self, damsm, side, step):
        """R-precision and similarity of real pairs."""
        match = self._match(damsm, step, side)
        (real,) = self._real(self._dataset, side, self._embeddings)
        match.add(REAL, real, *_first_captions(self._dataset))
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
        judge = self._judge(side)
        judges = [] if judge is None else [judge]
        # The judge is last, whichever of the others there are.
        networks = (self._embeddings, *others, *judges)
        sets = {
            GENERATED: self._generated(
                model, self._about["preset_sha256"], drawn, networks
            )
        }
        if self._arguments.untrained:
            sets[UNTRAINED] = self._untrained(drawn, networks)
        real = self._real(self._dataset, side, *networks)
        match = self._match(model.damsm, step, side)
        classes = [self._dataset.items[each.image].class_id for each in drawn]
        for of, rows in sets.items():
            match.add(of, rows[0], captions, classes)
            match.add_distance(of, rows[0], real[0])
        match.add(REAL, real[0], *_first_captions(self._dataset))
        self._print_head(step, len(drawn))
        measurements, remarks = match.measurements, []
        if judge is not None:
            logits = {of: rows[-1] for of, rows in sets.items()}
            measurements = measurements + self._attributes(
                judge, logits, captions, real[-1], step
            )
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
        train = self._experiment.training_images_beside(self._dataset)
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

    def _judge(self, side):
        """What reads attributes off pictures, None where it can't."""
        fits = has_attributes(self._dataset) and side == IMAGE_SIZE
        return AvatarJudge() if fits else None

    def _attributes(self, judge, logits, captions, real, step):
        about = {
            **self._about,
            **judge.protocol(),
            "captions": self._arguments.captions_per_image,
            "seed": self._arguments.seed,
        }
        found = []
        first, _ = _first_captions(self._dataset)
        for of, rows in logits.items():
            found += measure_attributes(of, rows, captions, step, about)
        return found + measure_attributes(REAL, real, first, step, about)

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


def _first_captions(dataset):
    """The first caption of each image, and their classes."""
    return [item.captions[0] for item in dataset.items], dataset.class_ids()


def open_lpips(arguments):
    """The `LPIPS` that the command line asks for, or None."""
    if not arguments.diversity:
        return None
    return metrics.lpips(
        arguments.lpips, arguments.lpips_weights, arguments.lpips_heads
    )


def measure_diversity(distance, model, captions, arguments, about, step):
    """LPIPS among pictures of one caption, over several captions.

    The command line says over how many, the first ones of the list; `distance`
    is what `open_lpips` gave.
    """
    if distance is None:
        return []
    captions = captions[: arguments.diversity]
    seeds = range(arguments.seed, arguments.seed + _NOISES)
    result = metrics.lpips_diversity(
        distance,
        (
            model.generate_outputs(
                [caption] * _NOISES, list(seeds), arguments.batch_size
            )["image"]
            for caption in captions
        ),
    )
    protocol = {
        **about,
        **distance.protocol(),
        "images": _NOISES * len(captions),
        "seed": arguments.seed,
        "statistics": f"all pairs of {_NOISES} noises a caption, "
        f"{len(captions)} captions",
    }
    return [
        Measurement(
            f"lpips_{arguments.lpips}_diversity",
            "generated",
            result.value,
            step,
            result.standard_error,
            None if result.standard_error is None else "standard error",
            None,
            {"pairs": result.pairs},
            protocol,
        )
    ]


def studies(experiment, arguments, preset):
    """Generated pictures, or for a DAMSM the real ones, with their captions.

    Returns a list of one `ImageStudy`.
    """
    config = experiment.config
    held_out = experiment.open_split(arguments.split)
    held_out = held_out.select(spread(range(len(held_out)), arguments.count))
    captions = [item.captions[0] for item in held_out.items]
    model = experiment.model_class.from_preset(preset)
    if isinstance(model, models.DAMSM):
        return [_pairs(config, model, held_out, captions)]
    images = model.generate_outputs(
        captions, seed=arguments.seed, batch_size=arguments.batch_size
    )["image"]
    real = _pool(config, held_out, model.image_sizes[-1])
    train = experiment.usable_data(experiment.train, model)
    return [
        ImageStudy(
            title="",
            made="generated pictures",
            images=images,
            names=captions,
            scores=caption_cosines(model.damsm, images, captions),
            score=COSINE,
            held_out=real.read(range(len(real))),
            held_out_names=real.keys,
            training=_pool(config, train, model.image_sizes[-1]),
        )
    ]


def _pairs(config, damsm, held_out, captions):
    real = _pool(config, held_out, _side(config, damsm))
    images = real.read(range(len(real)))
    return ImageStudy(
        title="",
        made="held-out pairs of image and caption",
        images=images,
        names=captions,
        scores=caption_cosines(damsm, images, captions),
        score=COSINE,
        alone="nearest training images are not shown: a DAMSM makes no "
        "pictures.",
    )


def caption_cosines(damsm, images, captions):
    """The cosines of images and their captions by a `DAMSM`, float (n,)."""
    pictures = damsm.encode_images(images)
    sentences = damsm.encode_captions(captions)
    return metrics.candidate_cosines(pictures, sentences[:, np.newaxis])[:, 0]


def _pool(config, data, side):
    """The `ImagePool` of a `CaptionedImages`."""

    def read(places):
        batches = data.select(places).batches(
            _AT_ONCE,
            image_sizes=(side,),
            training=False,
            crop=config.data.crop,
        )
        return np.concatenate(
            [to_pixels(batch["images"][-1]) for batch in batches]
        )

    identity = (str(config.data.source), data.fingerprint, side)
    keys = [item.key for item in data.items]
    return ImagePool((*identity, config.data.crop), keys, read)


def _side(config, damsm):
    """Side of the images that a DAMSM was trained on."""
    return config.data.image_size or damsm.image_encoder.input_size
