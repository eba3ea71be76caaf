"""The page of one run: pictures over time, curves, configuration."""

import datetime
import json
import urllib.parse

from tfragan.atomic_file import write_atomically
from tfragan.reports.charts import draw_chart
from tfragan.reports.charts import metric_charts
from tfragan.reports.page import format_number
from tfragan.reports.page import render_page
from tfragan.reports.sample_files import kind_title
from tfragan.reports.sample_files import kinds_in_order
from tfragan.reports.sample_files import sample_files
from tfragan.reports.sample_files import sample_lists
from tfragan.run_folder import RunFolder
from tfragan.run_folder import flatten_config


def write_result_page(run_folder):
    """Writes `index.html` of a run folder, atomically.

    The page holds everything but the pictures, to which it links relatively:
    it opens from the disk with no server and no network.

    Args:
        run_folder: a `RunFolder` or a path; any of its files may be missing.

    Returns:
        The path of the page, a `pathlib.Path`.

    Raises:
        ValueError: where config.json is not valid JSON.
        ImportError: where Jinja is not installed.
    """
    run = RunFolder(run_folder)
    config = run.read_config() if run.config_path.exists() else {}
    pictures = {
        kind: [
            (step, f"{path.parent.name}/{urllib.parse.quote(path.name)}")
            for step, path in series
        ]
        for kind, series in sample_files(run.samples_path).items()
    }
    page = result_page(
        run.path.resolve().name,
        config,
        run.read_metrics(),
        pictures,
        sample_lists(run.samples_path),
    )
    return write_atomically(run.page_path, page)


def result_page(title, config, records, pictures, lists=()):
    """The page of a run as HTML.

    Args:
        title: name of the run.
        config: dict, possibly nested.
        records: list of dicts as `RunFolder.read_metrics` gives them.
        pictures: dict from kind ("grid", "attention", "reals") to a list of
            (step, relative address), in order; the step is None for a
            picture that does not change.
        lists: (title, list of str) pairs to be shown under the first kind of
            pictures, such as the captions of the grid.

    Returns:
        HTML, str.
    """
    return render_page(
        "run.html",
        title=title,
        tiles=_tiles(records),
        changing=[
            {
                "title": kind_title(kind),
                "pictures": [
                    {"step": step, "src": address}
                    for step, address in pictures[kind]
                ],
            }
            for kind in kinds_in_order(pictures)
            if pictures[kind][0][0] is not None
        ],
        still=[
            {"title": kind_title(kind), "src": series[0][1]}
            for kind, series in pictures.items()
            if series[0][0] is None
        ],
        texts=lists,
        charts=[draw_chart(chart) for chart in metric_charts(records)],
        config=list(config_texts(config).items()),
    )


def config_texts(config):
    """The values of a config as text, by dotted keys."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in flatten_config(config).items()
    }


def _tiles(records):
    """The latest numbers, a list of (name, text)."""
    latest = {}
    for record in records:
        latest.update(
            (key, value) for key, value in record.items() if value is not None
        )
    tiles = []
    if latest:
        tiles.append(("step", f"{latest['step']:,}"))
    if "epoch" in latest:
        tiles.append(("epoch", f"{latest['epoch']:,.1f}"))
    if "time" in latest:
        seconds = datetime.timedelta(seconds=round(latest["time"]))
        tiles.append(("time", str(seconds)))
    if "images_per_second" in latest:
        speed = format_number(latest["images_per_second"])
        tiles.append(("images a second", speed))
    for key, chance in latest.items():
        name = key.removesuffix("_chance")
        if name != key and name in latest:
            words = name.replace("r_precision", "R-precision")
            words = words.replace("_", " ")
            words = f"{words}, chance {format_number(chance)}"
            tiles.append((words, format_number(latest[name])))
    return tiles
