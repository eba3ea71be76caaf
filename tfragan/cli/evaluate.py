"""Measures a trained model on images and captions it has never seen.

For a DAMSM: R-precision of held-out pairs, how often an image's own caption
outranks 99 others. For an AttnGAN: the same for its images of held-out
captions, judged by the DAMSM it was trained with; that of the real images
beside it; and the Frechet distance of the two in that DAMSM's image
embeddings, which can be compared between runs with one DAMSM and with nothing
else. Every measurement is printed beside chance and appended to
metric-<name>.jsonl in the run folder.

Examples:
  tfragan evaluate --workdir=runs/damsm
  tfragan evaluate --workdir=runs/cub --count=2000 --seed=1
"""

from tfragan.cli.vocabulary import Flag

USAGE = "--workdir=FOLDER [flags]"
FLAGS = {
    "workdir": "run folder of a DAMSM or an AttnGAN",
    "data": "data set [default: that of the run]",
    "layout": None,
    "split": None,
    "count": "images to measure on; 0 for all",
    "candidates": Flag(
        "integer", "captions to choose from in R-precision", "N", 100
    ),
    "seed": "seed of the generated images and of the captions to choose from",
    "batch_size": None,
    "output": "folder of metric-<name>.jsonl [default: the run folder]",
}


def run(arguments):
    """Prints and stores the measurements."""
    from tfragan.cli.quiet_start import start_tensorflow

    arguments.require("workdir")
    start_tensorflow()
    from tfragan.cli import evaluation
    from tfragan.cli import run_folder

    config = run_folder.config_of(arguments.workdir)
    preset = run_folder.preset_of(arguments.workdir)
    evaluation.evaluate(arguments, config, preset)
