"""The one page that `make quickstart` ends with.

usage: python -m tfragan.cli.quickstart_page <folder>

The folder holds the run folders `damsm` and `attngan` and, in `answers`, the
pictures that the SavedModel gave.
"""

import json
import pathlib
import sys

from tfragan.atomic_file import write_atomically
from tfragan.evaluation import last_measurements
from tfragan.reports.page import render_page
from tfragan.reports.report_pictures import spread
from tfragan.reports.sample_files import sample_files
from tfragan.run_folder import RunFolder

_GRIDS = 5
_RUNS = {"damsm": "DAMSM", "attngan": "AttnGAN"}


def write_quickstart_page(folder):
    """Writes `index.html`, which needs no server.

    Args:
        folder: the folder of the quickstart.

    Returns:
        The page's path.
    """
    folder = pathlib.Path(folder)
    page = render_page(
        "quickstart.html",
        answers=_answers(folder),
        measured=_measurements(folder),
        over_time=[
            (title, _over_time(folder, kind, count))
            for kind, title, count in (
                ("grid", "Held-out captions over time", _GRIDS),
                ("attention", "What the words look at", 1),
            )
        ],
        links=[
            (name, f"The run of {model}")
            for name, model in _RUNS.items()
            if (folder / name / "index.html").is_file()
        ],
    )
    return write_atomically(folder / "index.html", page)


def _answers(folder):
    path = folder / "answers" / "answers.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


def _measurements(folder):
    # Of numbers without a chance level one run alone says nothing.
    return [
        (
            f"{model}: {each.metric.replace('_', ' ')}, {each.of}",
            f"{each.value:.3f}",
            f"chance {each.details['chance']:.3f}",
            f"{each.protocol['images']:,} held-out images",
        )
        for name, model in _RUNS.items()
        for each in last_measurements(folder / name)
        if "chance" in each.details
    ]


def _over_time(folder, kind, count):
    """Some pictures, the last among them, as (step, name of the file)."""
    pictures = sample_files(RunFolder(folder / "attngan").samples_path)
    series = pictures.get(kind, [])
    chosen = series[-1:] if count == 1 else spread(series, count)
    return [(step, path.name) for step, path in chosen]


def main(argv):
    """Writes the page and says where.

    Args:
        argv: list of str, as in the module's usage.

    Returns:
        The exit status.
    """
    if len(argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"open {write_quickstart_page(argv[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
