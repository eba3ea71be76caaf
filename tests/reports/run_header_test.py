"""What runs are, and how they differ."""

from tests.reports.fake_runs import fake_run
from tests.visualization.result_page_test import Page
from tfragan.reports.run_header import configuration
from tfragan.reports.run_header import header
from tfragan.reports.run_record import read_runs


def _runs(tmp_path, **second):
    return read_runs(
        [
            fake_run(tmp_path / "a", rate=0.1),
            fake_run(tmp_path / "<b>", **second),
        ]
    )


def test_only_what_differs_is_in_the_header(tmp_path):
    page = Page(header("Both", _runs(tmp_path, rate=0.2, decay="x<y")))
    words = page.text.split()
    assert "<b>" in words
    assert "optimizer.rate" in words
    assert words.index("0.1") < words.index("0.2")
    assert words[words.index("optimizer.decay") :][:3] == [
        "optimizer.decay",
        "-",
        "x<y",
    ]
    assert "steps" not in words
    assert "0:20:00" in words


def test_equal_configurations_are_said(tmp_path):
    text = header("Both", _runs(tmp_path, rate=0.1))
    assert "All runs have the same configuration." in text
    single = header("One", _runs(tmp_path / "x", rate=0.1)[:1])
    assert "differs" not in single
    assert "same configuration" not in single


def test_the_whole_configuration_is_folded(tmp_path):
    source = configuration(_runs(tmp_path, rate=0.1))
    assert "<details><summary>" in source
    assert "steps" in Page(source).text
