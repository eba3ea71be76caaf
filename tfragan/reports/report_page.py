"""One page about a run, or about several side by side."""

import html

from tfragan.reports.comparison import compare_runs
from tfragan.reports.comparison_text import comparison_text
from tfragan.reports.curve_section import curve_sections
from tfragan.reports.report_template import SCRIPT
from tfragan.reports.report_template import STYLE
from tfragan.reports.run_header import configuration
from tfragan.reports.run_header import header
from tfragan.reports.sample_section import sample_sections
from tfragan.reports.study_sections import failure_section
from tfragan.reports.study_sections import nearest_section
from tfragan.visualization.page_template import html_page
from tfragan.visualization.page_template import section

# As many as a chart has colors.
MOST_RUNS = 6


def report_page(runs, studies=(), gaps=(), features=""):
    """A report as HTML that needs no other file.

    Args:
        runs: list of `RunRecord`, at most six.
        studies: list of (name of the run, `ImageStudy`, its `NeighborStudy`
            or None).
        gaps: list of `Gap`, what could not be made of the studies.
        features: what distances between images are measured on, in words.

    Returns:
        HTML, str.

    Raises:
        ValueError: for no run, or too many.
    """
    if not 1 <= len(runs) <= MOST_RUNS:
        raise ValueError(
            f"A report: expected one to {MOST_RUNS} runs, received {len(runs)}."
        )
    title = "Report of " + ", ".join(run.name for run in runs)
    near = [one for one in studies if one[2] is not None]
    failures = [one for one in studies if one[2] or one[1].scores is not None]
    left_out = "".join(map(_gap, gaps))
    sections = [
        header(title, runs),
        section("Measurements", _measurements(runs)),
        *curve_sections(runs),
        *sample_sections(runs),
        _study_section(
            "Nearest training images",
            [nearest_section(*one) for one in near],
            f'<p class="soft">Distances are Euclidean, between {features}.</p>'
            if near
            else "",
        ),
        _study_section("Failures", [failure_section(*one) for one in failures]),
        section("Left out", left_out) if left_out else "",
        configuration(runs),
    ]
    return html_page(title, sections, STYLE, SCRIPT)


def _measurements(runs):
    table = ""
    if any(run.measurements for run in runs):
        table = comparison_text(compare_runs(runs), "html")
    missing = [
        f"<p>{html.escape(run.name)} has no measurements: run <code>tfragan "
        f"evaluate --workdir={html.escape(str(run.folder.path))}</code> first."
        "</p>"
        for run in runs
        if not run.measurements
    ]
    return table + "".join(missing)


def _study_section(title, parts, remark=""):
    return section(title, remark + "".join(parts)) if parts else ""


def _gap(gap):
    return (
        f'<p class="gap"><b>{html.escape(gap.run)}:</b> '
        f"{html.escape(gap.reason)}</p>"
    )
