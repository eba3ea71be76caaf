"""A comparison of runs as text, Markdown, LaTeX and HTML: one table."""

import html
import textwrap
import typing

from tfragan.reports.comparison import BEST
from tfragan.reports.comparison import NEAR

_BEST = "the best of those that can be compared"
_NEAR = "further from the best by less than the errors of the two together"
_PLACES_NAMED = 3
_WIDTH = 80
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}
_MARKDOWN = "\\`*_[]<>|~#"


class _Script(typing.Protocol):
    """How a table is written."""

    best: str
    near: str
    error: str

    def escape(self, text: str) -> str:
        """Text that may hold anything."""

    def number(self, cell) -> str:
        """The value of a `Cell` with its standing."""

    def note_mark(self, note: int) -> str:
        """What points to a numbered sentence."""

    def write(self, head, groups, remarks) -> str:
        """The table of the rows of all groups, remarks below it."""


class _Text:
    """Columns for a terminal."""

    best, near, error = "*", "~", "+-"

    def escape(self, text):
        return text

    def number(self, cell):
        marks = {BEST: "*", NEAR: "~", "": ""}[cell.standing]
        return cell.measurement.in_words() + marks

    def note_mark(self, note):
        return f" [{note}]"

    def write(self, head, groups, remarks):
        rows = [head, *(row for group in groups for row in group)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]

        def line(row):
            cells = zip(row, widths, strict=True)
            return "  ".join(cell.ljust(width) for cell, width in cells)

        rule = "  ".join("-" * width for width in widths)
        lines = [line(head)]
        for group in filter(None, groups):
            lines += [rule, *map(line, group)]
        lines += [""] if remarks else []
        for remark in remarks:
            lines += textwrap.wrap(
                remark,
                _WIDTH,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        return "\n".join(one.rstrip() for one in lines) + "\n"


class _Markdown:
    """A table of GitHub's Markdown."""

    best, near, error = "**bold**", "\\~", "±"

    def escape(self, text):
        return "".join(
            f"\\{letter}" if letter in _MARKDOWN else letter for letter in text
        )

    def number(self, cell):
        text = cell.measurement.in_words().replace("+-", "±")
        if cell.standing == BEST:
            return f"**{text}**"
        return text + (self.near if cell.standing == NEAR else "")

    def note_mark(self, note):
        return f" \\[{note}\\]"

    def write(self, head, groups, remarks):
        rows = [row for group in groups for row in group]
        rule = ["---"] * 2 + ["---:"] * (len(head) - 2)
        lines = [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]
        lines += [""] if remarks else []
        lines += [f"- {remark}" for remark in remarks]
        return "\n".join(lines) + "\n"


class _Latex:
    """A `tabular` of the package booktabs, remarks below it."""

    best, near, error = r"\textbf{bold}", r"$\sim$", r"$\pm$"

    def escape(self, text):
        return "".join(_LATEX.get(letter, letter) for letter in text)

    def number(self, cell):
        text = cell.measurement.in_words().replace("+-", r"\pm")
        text = text.replace("nan", r"\mathrm{nan}")
        if cell.standing == BEST:
            return rf"$\mathbf{{{text}}}$"
        mark = r"\sim" if cell.standing == NEAR else ""
        return f"${text}{mark}$"

    def note_mark(self, note):
        return f" [{note}]"

    def write(self, head, groups, remarks):
        lines = [
            r"% Needs \usepackage{booktabs}.",
            rf"\begin{{tabular}}{{ll{'r' * (len(head) - 2)}}}",
            r"\toprule",
            f"{' & '.join(head)} \\\\",
        ]
        for group in filter(None, groups):
            lines.append(r"\midrule")
            lines += [f"{' & '.join(row)} \\\\" for row in group]
        lines += [r"\bottomrule", r"\end{tabular}"]
        for remark in remarks:
            lines += ["", rf"\par\noindent{{\footnotesize {remark}}}"]
        return "\n".join(lines) + "\n"


class _Html:
    """A table and a list, as parts of a page."""

    best, near, error = "<b>bold</b>", "~", "±"

    def escape(self, text):
        return html.escape(text)

    def number(self, cell):
        text = cell.measurement.in_words().replace("+-", "±")
        if cell.standing == BEST:
            return f"<b>{text}</b>"
        return text + (self.near if cell.standing == NEAR else "")

    def note_mark(self, note):
        return f" [{note}]"

    def write(self, head, groups, remarks):
        names = "".join(f'<th scope="col">{name}</th>' for name in head[2:])
        bodies = "".join(
            f"<tbody>{''.join(map(self._row, group))}</tbody>"
            for group in groups
        )
        items = "".join(f"<li>{remark}</li>" for remark in remarks)
        return (
            '<div class="wide card" tabindex="0"><table class="numbers">'
            f'<thead><tr><td colspan="2"></td>{names}</tr></thead>{bodies}'
            f'</table></div><ul class="remarks">{items}</ul>'
        )

    def _row(self, row):
        cells = "".join(f"<td>{cell}</td>" for cell in row[1:])
        return f'<tr><th scope="row">{row[0]}</th>{cells}</tr>'


_SCRIPTS: dict[str, _Script] = {
    "text": _Text(),
    "markdown": _Markdown(),
    "latex": _Latex(),
    "html": _Html(),
}
FORMATS = tuple(_SCRIPTS)


def comparison_text(comparison, form="text"):
    """Writes a comparison.

    Args:
        comparison: a `Comparison`.
        form: `"text"` for a terminal, `"markdown"`, `"latex"`, or `"html"` for
            a part of a page that has said already what runs there are.

    Returns:
        Text, str, that ends with a line break.
    """
    script = _SCRIPTS[form]
    head = ["", "", *(script.escape(run.name) for run in comparison.runs)]
    about = (
        []
        if form == "html"
        else [
            [name, "", *(script.escape(cell) for cell in cells)]
            for name, cells in about_runs(comparison.runs)
        ]
    )
    rows = [
        [
            script.escape(row.metric),
            script.escape(row.of),
            *(_cell_text(script, cell) for cell in row.cells),
        ]
        for row in comparison.rows
    ]
    remarks = _remarks(comparison, script)
    return script.write(head, [about, rows], remarks)


def about_runs(runs):
    """What a table says of each run before its measurements.

    Args:
        runs: list of `RunRecord`.

    Returns:
        List of (name, list of str, one a run).
    """
    return [
        ("model", [run.model for run in runs]),
        ("step", [f"{run.step:,}" for run in runs]),
        ("training time", [run.training_time for run in runs]),
    ]


def protocol_remarks(comparison):
    """The protocol in words.

    Args:
        comparison: a `Comparison`.

    Returns:
        List of (key, text): what all measurements share under the key
        `"Protocol of all"`, then what differs, a key each.
    """
    remarks = []
    if comparison.common:
        text = ", ".join(f"{key} {value}" for key, value in comparison.common)
        remarks.append(("Protocol of all", text))
    for key, values in comparison.differing:
        text = "; ".join(
            f"{value} ({_some(places)})" for value, places in values
        )
        remarks.append((f"Differs in {key}", text))
    return remarks


def _some(places):
    if len(places) <= _PLACES_NAMED + 1:
        return "; ".join(places)
    more = len(places) - _PLACES_NAMED
    return "; ".join(places[:_PLACES_NAMED]) + f"; {more} more"


def _cell_text(script, cell):
    if cell is None:
        return "-"
    text = script.number(cell)
    if cell.stale_step is not None:
        text += f" at step {cell.stale_step:,}"
    return text + (script.note_mark(cell.note) if cell.note else "")


def _remarks(comparison, script):
    standings = comparison.standings()
    remarks = []
    if BEST in standings:
        remarks.append(f"{script.best}: {_BEST}.")
    if NEAR in standings:
        remarks.append(f"{script.near}: {_NEAR}.")
    remarks += [
        f"{script.error} of {script.escape(text)}."
        for text in comparison.errors
    ]
    remarks += [
        f"{script.note_mark(number).strip()} {script.escape(text)}"
        for number, text in enumerate(comparison.notes, 1)
    ]
    remarks += [
        script.escape(f"{name}: {text}.")
        for name, text in protocol_remarks(comparison)
    ]
    return remarks
