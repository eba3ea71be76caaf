"""Pictures of a training, a slider a run."""

import re

import numpy as np
import pytest

from tests.reports.fake_runs import fake_run
from tests.visualization.result_page_test import Page
from tfragan.reports.run_record import read_runs
from tfragan.reports.sample_section import sample_sections
from tfragan.reports.sample_section import spread
from tfragan.visualization import write_png


@pytest.fixture
def runs(tmp_path):
    return read_runs([fake_run(tmp_path / name) for name in ("one", "two")])


def test_a_kind_is_a_section_with_all_runs(runs):
    sections = sample_sections(runs)
    titles = [re.search("<h2>(.+)</h2>", one)[1] for one in sections]
    assert titles == [
        "Samples over time",
        "What the words look at",
        "Real images",
    ]
    assert re.findall("<h3>(.+?)</h3>", sections[0]) == ["one", "two"]
    assert sections[0].count('type="range"') == 2
    assert re.findall('data-step="(.+?)"', sections[0]) == ["10", "20"] * 2
    assert "a &lt;red&gt; bird" in sections[0]
    assert 'type="range"' not in sections[2]
    for one in sections:
        Page(one)


def test_many_pictures_are_thinned_out_and_it_is_said(runs):
    level = np.zeros((4, 4, 3), np.uint8)
    for step in range(30, 200, 10):
        write_png(runs[0].folder.sample_path("attention", step), level)
    attention = sample_sections(runs[:1])[1]
    steps = re.findall('data-step="(.+?)"', attention)
    assert len(steps) == 3
    assert (steps[0], steps[-1]) == ("10", "190")
    assert "3 of 19 pictures" in attention


def test_what_is_no_picture_is_said_and_the_others_are_shown(runs):
    runs[0].folder.sample_path("grid", 15).write_bytes(b"cut")
    grid = sample_sections(runs[:1])[0]
    assert re.findall('data-step="(.+?)"', grid) == ["10", "20"]
    assert 'max="1"' in grid
    assert "grid_000015.png cannot be read as a picture." in grid


def test_a_run_without_pictures_has_no_sections(tmp_path):
    run = fake_run(tmp_path / "one")
    for path in (run / "samples").iterdir():
        path.unlink()
    assert sample_sections(read_runs([run])) == []


def test_some_items_are_the_ends_and_between():
    assert spread(list(range(9)), 3) == [0, 4, 8]
    assert spread([1, 2], 5) == [1, 2]
