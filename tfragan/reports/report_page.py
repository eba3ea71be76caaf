"""A page about one run, or several side by side, that needs no other file."""

from tfragan.reports.charts import draw_chart
from tfragan.reports.charts import measurement_charts
from tfragan.reports.charts import metric_charts
from tfragan.reports.charts import run_charts
from tfragan.reports.comparison import compare_runs
from tfragan.reports.comparison_table import about_runs
from tfragan.reports.comparison_table import comparison_remarks
from tfragan.reports.page import render_page
from tfragan.reports.report_pictures import failure_study
from tfragan.reports.report_pictures import nearest_study
from tfragan.reports.report_pictures import sample_kinds
from tfragan.reports.report_pictures import sample_texts
from tfragan.reports.run_page import config_texts

# As many as a chart has colors.
MOST_RUNS = 6
_MISSING = "-"


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
        ImportError: where Jinja is not installed.
    """
    if not 1 <= len(runs) <= MOST_RUNS:
        raise ValueError(
            f"A report: expected one to {MOST_RUNS} runs, received {len(runs)}."
        )
    if len(runs) == 1:
        training = metric_charts(runs[0].records)
    else:
        training = run_charts({run.name: run.records for run in runs})
    config = _config_rows(runs)
    comparison = compare_runs(runs)
    return render_page(
        "report.html",
        title="Report of " + ", ".join(run.name for run in runs),
        runs=runs,
        about=_about(runs),
        config=config,
        differing=[row for row in config if len(set(row[1])) > 1],
        comparison=comparison,
        remarks=comparison_remarks(comparison, "bold"),
        curves=[
            (title, [draw_chart(chart) for chart in charts])
            for title, charts in (
                ("Measurements over steps", measurement_charts(runs)),
                ("Curves of training", training),
            )
        ],
        samples=sample_kinds(runs),
        texts=sample_texts(runs),
        nearest=[nearest_study(*one) for one in studies if one[2] is not None],
        failures=[
            failure_study(*one)
            for one in studies
            if one[2] is not None or one[1].scores is not None
        ],
        gaps=gaps,
        features=features,
    )


def _about(runs):
    model, *others = about_runs(runs)
    return [model, ("data", [_data(run) for run in runs]), *others]


def _data(run):
    data = run.config.get("data") or {}
    source = str(data.get("source") or "unknown")
    parts = [
        str(data[key]) for key in ("train_split", "test_split") if data.get(key)
    ]
    return f"{source} ({', '.join(parts)})" if parts else source


def _config_rows(runs):
    """List of (key, list of its values, one a run)."""
    values = [config_texts(run.config) for run in runs]
    keys = sorted({key for one in values for key in one})
    return [(key, [one.get(key, _MISSING) for one in values]) for key in keys]
