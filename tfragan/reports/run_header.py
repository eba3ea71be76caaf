"""The head of a report: which runs, and how they differ."""

import html

from tfragan.reports.comparison_text import about_runs
from tfragan.visualization.page_template import section
from tfragan.visualization.result_page import flatten_config

_MISSING = "-"
_ROWS_SHOWN = 12


def header(title, runs):
    """The heading and what there is to know of each run.

    Args:
        title: of the report.
        runs: list of `RunRecord`.

    Returns:
        HTML, str.
    """
    about = about_runs(runs)
    about.insert(1, ("data", [_data(run) for run in runs]))
    table = _table(runs, about)
    differing = ""
    if len(runs) > 1:
        rows = _config_rows(runs)
        rows = [row for row in rows if len(set(row[1])) > 1]
        differing = _differing(runs, rows)
    return (
        f"<header>\n<h1>{html.escape(title)}</h1>\n{table}{differing}\n"
        "</header>"
    )


def configuration(runs):
    """The whole configuration of all runs, folded.

    Args:
        runs: list of `RunRecord`.

    Returns:
        HTML, str.
    """
    return section(
        "Configuration",
        "<details><summary>All values</summary>"
        f"{_table(runs, _config_rows(runs))}</details>",
    )


def _differing(runs, rows):
    if not rows:
        return "<p>All runs have the same configuration.</p>"
    folded = "" if len(rows) > _ROWS_SHOWN else " open"
    return (
        f"<details{folded}><summary>Configuration that differs, {len(rows)} "
        f"values</summary>{_table(runs, rows)}</details>"
    )


def _data(run):
    data = run.config.get("data") or {}
    source = str(data.get("source") or "unknown")
    parts = [
        str(data[key]) for key in ("train_split", "test_split") if data.get(key)
    ]
    return f"{source} ({', '.join(parts)})" if parts else source


def _config_rows(runs):
    """List of (key, list of its values, one a run)."""
    values = [dict(flatten_config(run.config)) for run in runs]
    keys = sorted({key for one in values for key in one})
    return [(key, [one.get(key, _MISSING) for one in values]) for key in keys]


def _table(runs, rows):
    names = "".join(
        f'<th scope="col">{html.escape(run.name)}</th>' for run in runs
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(key)}</th>'
        + "".join(f"<td>{html.escape(value)}</td>" for value in values)
        + "</tr>"
        for key, values in rows
    )
    return (
        '<div class="wide card" tabindex="0"><table><thead><tr><td></td>'
        f"{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )
