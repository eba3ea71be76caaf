"""A comparison of runs as one table: text, Markdown and LaTeX, by pandas."""

import dataclasses
import json
import re
import textwrap

from tfragan.reports.comparison import BEST
from tfragan.reports.comparison import NEAR

FORMATS = ("text", "markdown", "latex")
# How the best number is shown.
_BEST_MARK = {"text": "*", "markdown": "**bold**", "latex": "bold"}
_PLACES_NAMED = 3
_WIDTH = 80


def comparison_text(comparison, form="text"):
    """A `Comparison` as `"text"`, `"markdown"`, `"latex"` or `"json"`.

    It ends with a line break.
    """
    if form == "json":
        return _json(comparison)
    table = _table(comparison, "*" if form == "text" else "")
    remarks = comparison_remarks(comparison, _BEST_MARK[form])
    if form == "markdown":
        return _markdown(table, remarks, comparison)
    if form == "latex":
        return _latex(table, remarks, comparison)
    return _text(table, remarks)


def _json(comparison):
    """Runs, rows and notes, each measurement with its protocol."""
    runs = [
        {"folder": str(run.folder.path), "model": run.model, "step": run.step}
        for run in comparison.runs
    ]
    rows = [dataclasses.asdict(row) for row in comparison.rows]
    content = {"runs": runs, "rows": rows, "notes": comparison.notes}
    return json.dumps(content, indent=2) + "\n"


def about_runs(runs):
    """What a table says of each run: (name, list of str, one a run)."""
    return [
        ("model", [run.model for run in runs]),
        ("step", [f"{run.step:,}" for run in runs]),
        ("training time", [run.training_time for run in runs]),
    ]


def cell_text(cell, best=""):
    """What a table says in a `Cell`, or None.

    `best` marks the best number, where it is not in bold type.
    """
    if cell is None:
        return "-"
    text = cell.measurement.in_words().replace("+-", "±")
    text += {BEST: best, NEAR: "~"}.get(cell.standing, "")
    if cell.stale_step is not None:
        text += f" at step {cell.stale_step:,}"
    return f"{text} [{cell.note}]" if cell.note else text


def comparison_remarks(comparison, best):
    """The sentences below a table; `best` is how its best numbers are shown."""
    standings = comparison.standings()
    remarks = []
    if BEST in standings:
        remarks.append(f"{best}: the best of those that can be compared.")
    if NEAR in standings:
        remarks.append(
            "~: further from the best by less than the errors of the two "
            "together."
        )
    remarks += [f"± of {text}." for text in comparison.errors]
    remarks += [
        f"[{number}] {text}" for number, text in enumerate(comparison.notes, 1)
    ]
    if comparison.common:
        shared = ", ".join(f"{key} {value}" for key, value in comparison.common)
        remarks.append(f"Protocol of all: {shared}.")
    for key, values in comparison.differing:
        text = "; ".join(
            f"{value} ({_some(places)})" for value, places in values
        )
        remarks.append(f"Differs in {key}: {text}.")
    return remarks


def _some(places):
    if len(places) <= _PLACES_NAMED + 1:
        return "; ".join(places)
    more = len(places) - _PLACES_NAMED
    return "; ".join(places[:_PLACES_NAMED]) + f"; {more} more"


def _table(comparison, best):
    """A `DataFrame` of texts, a column a run."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "tables of runs need pandas, which is not installed: "
            "pip install tfragan[report]"
        ) from error
    runs = comparison.runs
    about = about_runs(runs)
    return pd.DataFrame(
        [
            [cell_text(cell, best) for cell in row.cells]
            for row in comparison.rows
        ],
        index=pd.MultiIndex.from_tuples(
            [(row.metric, row.of) for row in comparison.rows]
        ),
        columns=pd.MultiIndex.from_arrays(
            [[run.name for run in runs], *(cells for _, cells in about)],
            names=["", *(name for name, _ in about)],
        ),
    )


def _best_cells(comparison):
    return [
        [cell is not None and cell.standing == BEST for cell in row.cells]
        for row in comparison.rows
    ]


def _text(table, remarks):
    # Terminals and logs may know no more than ASCII.
    table = table.map(lambda cell: cell.replace("±", "+-"))
    text = table.to_string(sparsify=False)
    lines = [line.rstrip() for line in text.splitlines()]
    for remark in remarks:
        lines += textwrap.wrap(
            remark.replace("±", "+-"),
            _WIDTH,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    lines.insert(table.shape[0] + table.columns.nlevels, "")
    return "\n".join(lines) + "\n"


def _markdown(table, remarks, comparison):
    # What pandas itself writes needs one more package, and escapes nothing.
    def escaped(text):
        return re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", str(text))

    rows = [
        [table.columns.names[level], "", *table.columns.get_level_values(level)]
        for level in range(table.columns.nlevels)
    ]
    rows = [list(map(escaped, row)) for row in rows]
    rows.insert(1, ["---"] * 2 + ["---:"] * table.shape[1])
    for kind, cells, best in zip(
        table.index, table.to_numpy(), _best_cells(comparison), strict=True
    ):
        texts = [
            f"**{escaped(cell)}**" if is_best else escaped(cell)
            for cell, is_best in zip(cells, best, strict=True)
        ]
        rows.append([*map(escaped, kind), *texts])
    lines = [f"| {' | '.join(row)} |" for row in rows] + [""]
    lines += [
        f"- {remark if remark.startswith('**') else escaped(remark)}"
        for remark in remarks
    ]
    return "\n".join(lines) + "\n"


def _latex(table, remarks, comparison):
    """A `tabular` of the package booktabs, and one of the remarks."""
    import pandas as pd

    bold = [
        ["textbf:--rwrap;" if best else "" for best in row]
        for row in _best_cells(comparison)
    ]
    style = table.style.format(escape="latex")
    for axis in ("index", "columns"):
        style = style.format_index(escape="latex", axis=axis)
    style = style.apply(
        lambda part: pd.DataFrame(bold, part.index, part.columns), axis=None
    )
    numbers = style.to_latex(
        hrules=True,
        sparse_index=False,
        sparse_columns=False,
        column_format="ll" + "r" * table.shape[1],
    )
    below = pd.DataFrame({"": remarks}).style.format(escape="latex")
    below = below.hide(axis="index").hide(axis="columns")
    below = below.to_latex(column_format=r"p{\linewidth}")
    return (
        "% Needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs}.\n"
        f"{numbers}\n"
        f"\\par\\noindent\\footnotesize\n{below}"
    )
