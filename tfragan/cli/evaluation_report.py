"""What every evaluation prints and keeps."""

import functools
import pathlib
import sys
import textwrap

from tfragan.data import progress_bar
from tfragan.evaluation import append_measurements
from tfragan.evaluation import beside_published
from tfragan.evaluation.feature_cache import FeatureCache
from tfragan.evaluation.measurement import error_kinds
from tfragan.evaluation.measurement import measurement_table
from tfragan.models.preset import weights_file_sha256
from tfragan.models.translation import DIRECTIONS
from tfragan.version import __version__

# In the run folder: features, and the captions that were drawn.
FOLDER = "evaluation"
_WIDTH = 100


def about(dataset, preset):
    """The protocol's part about what is measured, and on what: JSON values."""
    return {
        "data": dataset.name,
        "split": dataset.split,
        "preset": "/".join(pathlib.Path(preset).absolute().parts[-2:]),
        "preset_sha256": weights_file_sha256(preset),
        "tfragan": __version__,
    }


def output_of(arguments):
    """The folder of metrics.jsonl, a `pathlib.Path`, or None without one."""
    folder = arguments.output or arguments.workdir
    return pathlib.Path(folder) if folder else None


def open_cache(arguments):
    """The `FeatureCache` that the command line asks for."""
    folder = arguments.cache or None
    if folder is None and arguments.workdir:
        folder = output_of(arguments) / FOLDER
    progress = functools.partial(_show, {}) if sys.stderr.isatty() else None
    return FeatureCache(folder, arguments.batch_size, progress)


def _show(bars, text, done, total):
    if text not in bars:
        print(f"{text}:", file=sys.stderr)
        bars[text] = progress_bar()
    bars[text](done, total)


def report(measurements, folder=None, remarks=(), models=()):
    """Prints measurements and appends them to metrics.jsonl.

    It lies in `folder`, None to keep nothing. Remarks come below the table,
    empty ones are left out; so do the published figures of `models`, by name.
    """
    for group in _by_direction(measurements):
        print(measurement_table(group))
    told = [error_kinds(measurements), *remarks]
    # Those of a run's own DAMSM have nothing to be put beside.
    public = [each for each in measurements if "damsm" not in each.metric]
    for model in models:
        told += beside_published(public, model)
    for line in filter(None, told):
        print(textwrap.fill(line, _WIDTH, subsequent_indent="  "))
    if folder is not None:
        append_measurements(folder, measurements)
        print(f"kept with their protocol in {folder / 'metrics.jsonl'}")


def _by_direction(measurements):
    """Lists of measurements that make a table each."""
    groups: dict[str, list] = {}
    for each in measurements:
        first_word = each.of.partition(" ")[0]
        direction = first_word if first_word in DIRECTIONS else ""
        groups.setdefault(direction, []).append(each)
    return groups.values()
