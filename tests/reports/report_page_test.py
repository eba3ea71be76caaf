"""A report is one file, whole whatever is missing."""

import re

import numpy as np
import pytest

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tests.reports.run_page_test import Page
from tfragan.reports.image_study import Gap
from tfragan.reports.nearest_images import NeighborSearch
from tfragan.reports.report_page import report_page
from tfragan.reports.run_record import read_runs


@pytest.fixture
def runs(tmp_path):
    return read_runs(
        [
            fake_run(tmp_path / "one", [measured(1.0), measured(2.0, step=5)]),
            fake_run(tmp_path / "two"),
        ]
    )


def test_a_report_names_no_other_file(runs):
    study = study_of([12, 60], scores=np.array([0.1, 0.2]), score="a cosine")
    found = NeighborSearch(mean_features).search(study)
    source = report_page(runs, [("one", study, found)], features="three means")
    page = Page(source)
    assert page.links
    assert all(link.startswith("data:image/") for link in page.links)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source)
    assert re.findall("<h2>(.+)</h2>", source) == [
        "Measurements",
        "Measurements over steps",
        "Curves of training",
        "Samples over time",
        "What the words look at",
        "Real images",
        "Nearest training images",
        "Failures",
        "Configuration",
    ]
    assert "between three means" in page.text
    assert "two has no measurements: run" in page.text


def test_what_is_missing_is_said(runs):
    gap = Gap("one", "the folder <x> is gone.")
    page = Page(report_page(runs, gaps=[gap]))
    assert "Left out" in page.text
    assert "the folder <x> is gone." in page.text
    assert "Failures" not in page.text
    assert "Nearest" not in page.text


def test_failures_by_score_need_no_features(runs):
    study = study_of([1, 2], scores=np.array([0.1, 0.2]), training=None)
    text = Page(report_page(runs, [("one", study, None)])).text
    assert "Failures" in text
    assert "Nearest" not in text


def test_there_are_as_many_runs_as_colors(runs):
    with pytest.raises(ValueError, match="one to 6 runs, received 8"):
        report_page(runs * 4)
    with pytest.raises(ValueError, match="received 0"):
        report_page([])


def _configured(tmp_path, **second):
    return read_runs(
        [
            fake_run(tmp_path / "a", rate=0.1),
            fake_run(tmp_path / "<b>", **second),
        ]
    )


def test_what_differs_between_runs_comes_first(tmp_path):
    page = Page(report_page(_configured(tmp_path, rate=0.2, decay="x<y")))
    words = page.text[: page.text.index("Measurements")].split()
    assert "<b>" in words
    assert words[words.index("optimizer.rate") :][:3] == [
        "optimizer.rate",
        "0.1",
        "0.2",
    ]
    assert words[words.index("optimizer.decay") :][:3] == [
        "optimizer.decay",
        "-",
        "x<y",
    ]
    assert "steps" not in words
    assert "0:20:00" in words


def test_equal_configurations_are_said_and_shown_once_folded(tmp_path):
    source = report_page(_configured(tmp_path, rate=0.1))
    assert "All runs have the same configuration." in source
    assert "<details><summary>All values</summary>" in source
    assert source.count("optimizer.rate") == 1
    single = report_page(_configured(tmp_path / "x", rate=0.1)[:1])
    assert "differs" not in single
    assert "same configuration" not in single


def test_numbers_are_those_of_the_comparison(tmp_path):
    runs = read_runs(
        [
            fake_run(tmp_path / "50%|x", [measured(1.0)]),
            fake_run(tmp_path / "b", [measured(1.1)]),
        ]
    )
    source = report_page(runs)
    assert "<b>1.0000 ± 0.1000</b>" in source
    assert "<td>1.1000 ± 0.1000~</td>" in source
    assert '<th scope="col">50%|x</th>' in source
    assert "<li>± of distance_fake: standard error.</li>" in source
    assert 'aria-label="generator_loss"' in source
    assert "a &lt;red&gt; bird" in source
