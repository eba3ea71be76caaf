import logging

import pytest

from tfragan.data.bad_items import BadItems


def _report():
    report = BadItems()
    report.skip("missing image", "a.jpg")
    report.skip("missing image", "b.jpg")
    report.skip("truncated JPEG", "c.jpg")
    return report


def test_report_counts_and_names_items_by_kind():
    assert str(_report()) == (
        "3 items skipped: 2 missing image (a.jpg, b.jpg), "
        "1 truncated JPEG (c.jpg)"
    )
    assert len(_report()) == 3


def test_report_tells_kept_items_apart():
    report = BadItems()
    report.remark("gray image, read as RGB", "d.jpg")
    assert str(report) == "1 item kept: 1 gray image, read as RGB (d.jpg)"
    assert report
    assert len(report) == 0


def test_long_lists_of_names_are_cut():
    report = BadItems()
    for number in range(1000):
        report.skip("missing image", f"{number}.jpg")
    assert str(report).endswith("3.jpg, 4.jpg and 995 more)")


def test_names_that_are_no_text_can_be_printed():
    report = BadItems()
    report.skip("missing image", "caf\udce9.jpg")
    assert b"caf" in str(report).encode("utf-8")


def test_skip_logs_and_refuse_raises(caplog):
    with caplog.at_level(logging.WARNING, "tfragan"):
        _report().enforce("skip", "Data set 'x'")
    assert "Data set 'x': 3 items skipped: 2 missing" in caplog.text
    with pytest.raises(ValueError, match="3 items refused: 2 missing image"):
        _report().enforce("refuse", "Data set 'x'")


def test_an_empty_report_is_no_reason_to_refuse(caplog):
    BadItems().enforce("refuse", "Data set 'x'")
    BadItems().enforce("skip", "Data set 'x'")
    assert not caplog.text


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="on_bad_item='ignore'"):
        BadItems().enforce("ignore", "Data set 'x'")


def test_reports_are_joined_with_the_folder_before_the_names():
    report, part = BadItems(), BadItems()
    part.skip("empty file", "0.jpg")
    part.remark("gray image", "1.jpg")
    report.add(part, "trainA/")
    report.add(part)
    assert report.skipped == {"empty file": ["trainA/0.jpg", "0.jpg"]}
    assert report.remarked == {"gray image": ["trainA/1.jpg", "1.jpg"]}
