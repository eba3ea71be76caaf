import json
import math
import xml.etree.ElementTree as ElementTree

import pytest

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tfragan.reports.charts import Chart
from tfragan.reports.charts import Series
from tfragan.reports.charts import draw_chart
from tfragan.reports.charts import measurement_charts
from tfragan.reports.charts import metric_charts
from tfragan.reports.charts import run_charts
from tfragan.reports.page import format_number
from tfragan.reports.page import render_page
from tfragan.reports.run_record import read_runs


def _records(keys, steps=(1, 2)):
    return [{"step": step, **dict.fromkeys(keys, 0.5)} for step in steps]


def _names(chart):
    return [one.name for one in chart.series]


def test_losses_share_a_chart_and_so_do_parts():
    charts = metric_charts(
        _records(["loss/kl", "generator_loss", "speed", "loss/words"])
        + _records(["discriminator_loss"])
    )
    assert [chart.title for chart in charts] == ["losses", "loss", "speed"]
    assert _names(charts[0]) == ["generator_loss", "discriminator_loss"]
    assert _names(charts[1]) == ["loss/kl", "loss/words"]


def test_chance_and_spread_belong_to_their_metric_which_comes_first():
    keys = ["a_loss", "r_precision", "r_precision_chance", "r_precision_std"]
    first = metric_charts(_records(keys))[0]
    assert _names(first) == ["r_precision"]
    assert first.series[0].chance == 0.5
    assert first.series[0].spread == {1: 0.5, 2: 0.5}


def test_suffix_without_its_metric_is_a_metric():
    assert _names(metric_charts(_records(["pixel_std"]))[0]) == ["pixel_std"]


def test_many_parts_are_split_by_their_first_word():
    parts = [f"{part}_{size}" for part in ("real", "fake") for size in "abcd"]
    charts = metric_charts(
        _records([f"loss/{part}" for part in [*parts, "kl"]])
    )
    assert [chart.title for chart in charts] == [
        "loss: real",
        "loss: fake",
        "loss",
    ]
    assert sum(len(chart.series) for chart in charts) == 9


def test_more_than_six_alike_go_on_in_another_chart():
    keys = [f"loss/part_{number}" for number in range(8)]
    charts = metric_charts(_records(keys))
    assert [len(chart.series) for chart in charts] == [6, 2]


def test_null_epoch_and_time_are_no_points():
    records = [{"step": 1, "epoch": 0.5, "time": 3.0, "a": None}]
    assert metric_charts(records) == []


def test_points_are_in_order_of_steps():
    records = [{"step": 5, "a": 1}, {"step": 2, "a": 0}]
    assert metric_charts(records)[0].series[0].points == [(2, 0), (5, 1)]


def test_directions_share_a_chart_with_their_standard_errors():
    keys = ["distance_ab", "distance_ba", "distance_mean"]
    errors = [f"{key}_standard_error" for key in keys[:2]]
    (chart,) = metric_charts(_records([*keys, *errors]))
    assert chart.title == "distance"
    assert _names(chart) == keys
    assert [one.spread for one in chart.series] == [
        {1: 0.5, 2: 0.5},
        {1: 0.5, 2: 0.5},
        {},
    ]


def test_runs_share_a_chart_of_each_number():
    charts = run_charts(
        {
            "one": [{"step": 1, "loss": 3.0, "rate": 0.5, "rate_chance": 0.1}],
            "two": [{"step": 2, "loss": 4.0}],
        }
    )
    assert [chart.title for chart in charts] == ["loss", "rate"]
    assert [one.name for one in charts[0].series] == ["one", "two"]
    assert charts[0].series[1].points == [(2, 4.0)]
    assert [one.chance for one in charts[1].series] == [0.1]
    assert [one.color for one in charts[0].series] == [0, 1]


def _figure(*series, title="chart"):
    chart = draw_chart(Chart(title, list(series)))
    page = render_page("charts.html", charts=[chart])
    return ElementTree.fromstring(page).find("figure")


def _points(figure, name):
    line = figure.find(f".//*[@class='{name}']").get("points")
    return [tuple(map(float, point.split(","))) for point in line.split()]


def test_line_goes_through_its_points():
    figure = _figure(Series("a", [(0, 0.0), (50, 1.0), (100, 0.5)]))
    (x0, y0), (x1, y1), (x2, y2) = _points(figure, "line s0")
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y1 < y2 < y0
    assert len(figure.findall(".//circle")) == 3


@pytest.mark.parametrize(
    "points", [[(5, 1.0)], [(1, 0.0), (2, 0.0)], [(7, -3.0), (9, -3.0)]]
)
def test_single_points_and_constants_have_a_place(points):
    for x, y in _points(_figure(Series("a", points)), "line s0"):
        assert 0 <= x <= 640
        assert 0 <= y <= 240


def test_chance_is_a_dashed_line_with_its_value():
    series = Series("a", [(1, 0.4), (2, 0.6)], 0.01, {1: 0.1, 2: 0.1})
    figure = _figure(series)
    assert figure.find(".//line[@class='chance']") is not None
    assert "chance 0.01" in "".join(figure.itertext())
    assert len(_points(figure, "band s0")) == 4


def test_long_lines_are_thinned_and_smoothed():
    points = [(step, float(step % 2)) for step in range(5000)]
    figure = _figure(Series("a", points))
    assert len(_points(figure, "faint s0")) == 300
    heights = [y for _, y in _points(figure, "line s0")]
    assert max(heights) - min(heights) < 20


def test_one_outlier_does_not_flatten_the_rest():
    points = [(step, 1.0 + step / 200) for step in range(200)]
    points[3] = (3, 1e6)
    heights = [y for _, y in _points(_figure(Series("a", points)), "faint s0")]
    assert max(heights) - min(heights[10:]) > 80


def test_script_gets_the_values():
    figure = _figure(Series("loss/a", [(1, 0.25), (3, 0.5)]))
    data = json.loads(figure.find("svg").get("data-chart"))
    assert data["steps"] == [1, 3]
    assert data["series"][0]["name"] == "a"
    assert data["series"][0]["points"][1][:2] == [3, 0.5]


def test_names_are_escaped():
    figure = _figure(Series("<a>'\"&", [(1, 1.0)]), title="<t>")
    assert "<a>'\"&" in "".join(figure.itertext())
    assert figure.find("figcaption/b").text == "<t>"


def test_axis_labels_are_round_numbers():
    figure = _figure(Series("a", [(0, 0.013), (20000, 0.97)]))
    labels = [tick.text for tick in figure.findall(".//text")]
    assert labels[:3] == ["0", "0.5", "1"]
    assert labels[3:] == ["0", "5,000", "10,000", "15,000", "20,000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (4.5678, "4.57"),
        (-12345.6, "-12,346"),
        (1.23e-5, "1.2e-05"),
        (4e9, "4e+09"),
    ],
)
def test_numbers_are_short(value, text):
    assert format_number(value) == text


def test_a_line_keeps_the_color_that_it_is_given():
    points = [(1, 1.0), (2, 2.0)]
    figure = _figure(Series("b", points, color=3), Series("c", points))
    lines = [line.get("class") for line in figure.findall(".//polyline")]
    assert lines == ["line s3", "line s1"]
    keys = [key.get("class") for key in figure.findall(".//i")]
    assert keys == ["s3", "s1"]


def _charts(tmp_path, *columns):
    paths = [
        fake_run(tmp_path / name, measurements)
        for name, measurements in zip("abc", columns, strict=False)
    ]
    return measurement_charts(read_runs(paths))


def test_a_chart_has_a_line_a_run_and_its_errors(tmp_path):
    single = [measured(5.0)]
    twice = [measured(3.0, step=20), measured(4.0, step=10, error=None)]
    (chart,) = _charts(tmp_path, single, twice, twice)
    assert chart.title == "distance_fake, generated"
    assert [(one.name, one.color) for one in chart.series] == [
        ("b", 1),
        ("c", 2),
    ]
    assert chart.series[0].points == [(10, 4.0), (20, 3.0)]
    assert chart.series[0].spread == {20: 0.1}


def test_points_of_another_protocol_are_left_out(tmp_path):
    assert not _charts(
        tmp_path, [measured(3.0, step=10, images=9), measured(4.0)]
    )


def test_the_last_measurement_of_a_step_counts(tmp_path):
    steps = [(10, 1.0), (10, 2.0), (20, 3.0), (30, math.nan)]
    (chart,) = _charts(tmp_path, [measured(v, step=n) for n, v in steps])
    assert chart.series[0].points == [(10, 2.0), (20, 3.0)]
