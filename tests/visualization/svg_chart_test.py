import json
import xml.etree.ElementTree as ElementTree

import pytest

from tfragan.visualization.metric_charts import Chart
from tfragan.visualization.metric_charts import Series
from tfragan.visualization.svg_chart import format_number
from tfragan.visualization.svg_chart import svg_chart


def _figure(*series, title="chart"):
    return ElementTree.fromstring(svg_chart(Chart(title, list(series))))


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
    lines = [Series("b", points, color=3), Series("c", points)]
    svg = svg_chart(Chart("loss", lines))
    assert 'class="line s3"' in svg
    assert 'class="line s1"' in svg
    assert 'class="line s0"' not in svg
    assert '<i class="s3"></i>b' in svg
