"""The result page of a run: pictures over time, curves, configuration."""

import datetime
import html
import json
import urllib.parse

from tfragan.atomic_file import write_atomically
from tfragan.reports.charts import format_number
from tfragan.reports.charts import metric_charts
from tfragan.reports.charts import svg_chart
from tfragan.visualization.page_template import html_page
from tfragan.visualization.page_template import section
from tfragan.visualization.sample_files import kind_title
from tfragan.visualization.sample_files import kinds_in_order
from tfragan.visualization.sample_files import sample_files
from tfragan.visualization.sample_files import sample_lists


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
    """
    # The run folder writes its files by means of this package.
    from tfragan.run_folder import RunFolder

    run = RunFolder(run_folder)
    config = run.read_config() if run.config_path.exists() else {}
    page = result_page(
        run.path.resolve().name,
        config,
        run.read_metrics(),
        _pictures(run.samples_path),
        sample_lists(run.samples_path),
    )
    return write_atomically(run.page_path, page)


def result_page(title, config, records, pictures, lists=()):
    """The result page as HTML.

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
    charts = [svg_chart(chart) for chart in metric_charts(records)]
    sections = [
        _header(title, records),
        *_picture_sections(pictures, lists),
        section("Curves", f'<div class="charts">{"".join(charts)}</div>')
        if charts
        else "",
        _configuration(config),
    ]
    return html_page(title, sections)


def _pictures(folder):
    """Pictures by kind, as `result_page` takes them."""
    return {
        kind: [
            (step, f"{path.parent.name}/{urllib.parse.quote(path.name)}")
            for step, path in series
        ]
        for kind, series in sample_files(folder).items()
    }


def _header(title, records):
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
            tiles.append(
                (
                    f"{words}, chance {format_number(chance)}",
                    format_number(latest[name]),
                )
            )
    body = "".join(
        f'<div class="tile"><b>{html.escape(value)}</b>'
        f"<span>{html.escape(name)}</span></div>"
        for name, value in tiles
    )
    if not body:
        body = '<p class="soft">Nothing has been recorded yet.</p>'
    return (
        f"<header>\n<h1>{html.escape(title)}</h1>\n"
        f'<div class="tiles">{body}</div>\n</header>'
    )


def _picture_sections(pictures, lists):
    """A section for each kind that changes; the others stand beside grids."""
    changing = {
        kind: series
        for kind, series in pictures.items()
        if series[0][0] is not None
    }
    still = {
        kind: series[0][1]
        for kind, series in pictures.items()
        if series[0][0] is None
    }
    kinds = kinds_in_order(changing)
    sections = []
    for kind in kinds:
        body = _slides(kind, changing[kind])
        if kind == kinds[0]:
            body += "".join(_still(*one) for one in still.items())
            still = {}
            body = f'<div class="pair">{body}</div>'
            body += "".join(_list(*one) for one in lists)
        sections.append(section(kind_title(kind), body))
    if still:
        body = "".join(_still(*one) for one in still.items())
        sections.append(section("Pictures", f'<div class="pair">{body}</div>'))
    return sections


def _slides(kind, series):
    """A picture with a slider; plain links where scripts do not run."""
    data = [{"step": step, "src": address} for step, address in series]
    links = "".join(
        f'<a data-number="{number}" href="{html.escape(address)}">{step:,}</a>'
        for number, (step, address) in enumerate(series)
    )
    last = html.escape(series[-1][1])
    return (
        f'<div class="card" data-pictures="{html.escape(json.dumps(data))}">'
        '<div class="steps" hidden><button type="button">Back</button>'
        '<button type="button">Play</button>'
        '<button type="button">Next</button>'
        f'<input type="range" min="0" max="{len(series) - 1}" '
        f'value="{len(series) - 1}" aria-label="step"><output></output></div>'
        f'<figure><a href="{last}"><img src="{last}" '
        f'alt="{html.escape(kind_title(kind))}, the last of {len(series)}"></a>'
        f'</figure><details class="links"><summary>All steps</summary>{links}'
        "</details></div>"
    )


def _still(kind, address):
    address = html.escape(address)
    title = html.escape(kind_title(kind))
    return (
        f'<figure class="card"><figcaption>{title}</figcaption>'
        f'<a href="{address}"><img src="{address}" alt="{title}"></a></figure>'
    )


def _list(title, lines):
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return (
        f"<details><summary>{html.escape(title)}</summary><ol>{items}</ol>"
        "</details>"
    )


def _configuration(config):
    rows = "".join(
        f"<tr><td>{html.escape(key)}</td><td>{html.escape(value)}</td></tr>"
        for key, value in flatten_config(config)
    )
    if not rows:
        return ""
    return section(
        "Configuration", f'<div class="card"><table>{rows}</table></div>'
    )


def flatten_config(config, prefix=""):
    """The values of a config as text.

    Args:
        config: dict, possibly nested.
        prefix: what the keys start with.

    Yields:
        (dotted key, text).
    """
    for key, value in config.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from flatten_config(value, name + ".")
        elif isinstance(value, str):
            yield name, value
        else:
            yield name, json.dumps(value)
