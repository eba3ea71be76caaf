"""Measurements over steps are lines of one protocol."""

import math

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tfragan.reports.curve_section import curve_sections
from tfragan.reports.curve_section import measurement_charts
from tfragan.reports.run_record import read_runs


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


def test_training_of_one_run_is_drawn_as_on_its_own_page(tmp_path):
    runs = read_runs([fake_run(tmp_path / name) for name in "ab"])
    (one,) = curve_sections(runs[:1])
    assert "losses" in one
    (both,) = curve_sections(runs)
    assert 'aria-label="generator_loss"' in both
    assert '<i class="s1"></i>b' in both
