"""Curves of training and of measurements over steps."""

from tfragan.reports.charts import Chart
from tfragan.reports.charts import Series
from tfragan.reports.charts import metric_charts
from tfragan.reports.charts import run_charts
from tfragan.reports.charts import svg_chart
from tfragan.reports.comparison import incomparable_keys
from tfragan.visualization.page_template import section


def curve_sections(runs):
    """Sections of measurements over steps and of training.

    Args:
        runs: list of `RunRecord`.

    Returns:
        List of HTML, str; empty where nothing was recorded.
    """
    if len(runs) == 1:
        training = metric_charts(runs[0].records)
    else:
        training = run_charts({run.name: run.records for run in runs})
    return [
        section(title, _charts(charts))
        for title, charts in (
            ("Measurements over steps", measurement_charts(runs)),
            ("Curves of training", training),
        )
        if charts
    ]


def measurement_charts(runs):
    """Charts of what was measured at several steps, its errors as bands.

    Args:
        runs: list of `RunRecord`.

    Returns:
        List of `Chart`, one a metric and what it is of, a line a run. Runs
        of one step are left out.
    """
    charts = {}
    for color, run in enumerate(runs):
        for kind, series in _series(run).items():
            if len(series) > 1:
                title = ", ".join(kind)
                chart = charts.setdefault(title, Chart(title, []))
                chart.series.append(
                    Series(
                        run.name,
                        [(one.step, one.value) for one in series],
                        spread={
                            one.step: one.error for one in series if one.error
                        },
                        color=color,
                    )
                )
    return list(charts.values())


def _series(run):
    """Dict from (metric, of) to its measurements by step, the last of each.

    Only those with the protocol of the last one: others do not make a line
    with it.
    """
    last = run.last_measurements()
    series = {}
    for one in run.measurements:
        kind = one.metric, one.of
        if one.value == one.value and not incomparable_keys(
            one.protocol, last[kind].protocol
        ):
            series.setdefault(kind, {})[one.step] = one
    return {
        kind: [by_step[step] for step in sorted(by_step)]
        for kind, by_step in series.items()
    }


def _charts(charts):
    return f'<div class="charts">{"".join(map(svg_chart, charts))}</div>'
