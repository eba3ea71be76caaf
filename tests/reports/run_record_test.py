"""Runs are read as they are, and named so that they differ."""

import pytest

from tests.reports.fake_runs import config_json
from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tfragan.reports.run_record import read_runs


def test_a_run_knows_its_model_its_steps_and_its_time(tmp_path):
    (run,) = read_runs([fake_run(tmp_path / "cub", [measured(2.5)])])
    assert (run.name, run.model, run.step) == ("cub", "dfgan", 20)
    assert run.training_time == "0:20:00"
    assert [one.value for one in run.measurements] == [2.5]


def test_names_are_as_long_as_they_have_to_be(tmp_path):
    paths = [
        fake_run(tmp_path / first / last)
        for first, last in (("old", "cub"), ("new", "cub"))
    ]
    names = [run.name for run in read_runs(paths)]
    assert names == ["old/cub", "new/cub"]


def test_a_run_by_two_ways_is_refused(tmp_path):
    path = fake_run(tmp_path / "cub")
    with pytest.raises(ValueError, match=r"each run once, received .*\.\./cub"):
        read_runs([path, path / ".." / "cub"])


def test_what_is_no_run_is_named(tmp_path):
    with pytest.raises(ValueError, match="elsewhere is not a run folder"):
        read_runs([tmp_path / "elsewhere"])
    preset = config_json(tmp_path / "final", {"class_name": "DFGAN"})
    with pytest.raises(ValueError, match="final is not .* as that of a preset"):
        read_runs([preset])


def test_a_run_without_records_has_no_time(tmp_path):
    (run,) = read_runs([config_json(tmp_path / "new", {"model": "damsm"})])
    assert (run.step, run.training_time) == (0, "unknown")
