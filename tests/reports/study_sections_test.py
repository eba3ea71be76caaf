"""Neighbors and failures are shown in order."""

import re

import numpy as np

from tests.reports.fake_studies import colors
from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tests.visualization.result_page_test import Page
from tfragan.reports.nearest_images import NeighborSearch
from tfragan.reports.study_sections import failure_section
from tfragan.reports.study_sections import nearest_section

_LEVELS = (60, 12, 43)


def _found(study):
    return NeighborSearch(mean_features).search(study)


def test_the_nearest_come_first_beside_their_neighbors():
    study = study_of(_LEVELS)
    source = nearest_section("cats", study, _found(study))
    page = Page(source)
    assert "cats, from A to B" in page.text
    alts = re.findall(r'alt="([^"]+)"', source)
    rows = [alts[start : start + 4] for start in range(0, len(alts), 4)]
    assert rows == [
        ["made &lt;12&gt;", "10.png", "20.png", "30.png"],
        ["made &lt;43&gt;", "40.png", "30.png", "20.png"],
        ["made &lt;60&gt;", "40.png", "30.png", "20.png"],
        ["held 100", "40.png", "30.png", "20.png"],
        ["held 110", "40.png", "30.png", "20.png"],
    ]
    assert "4 training images were searched" in page.text


def test_failures_are_the_lowest_scores():
    scores = np.array([0.5, -0.25, 0.75])
    study = study_of(_LEVELS, scores=scores, score="a cosine", training=None)
    source = failure_section("birds", study, None)
    values = re.findall(r"<b>([^<]+)</b>", source)
    assert values == ["-0.25", "0.75"]
    assert "By a cosine, of 3 translations; the median is 0.5." in source
    assert "From the left" not in source


def test_low_scores_may_be_good_and_truths_are_shown():
    study = study_of(
        _LEVELS,
        sources=colors(1, 2, 3),
        truths=colors(4, 5, 6),
        scores=np.array([0.5, 0.25, 0.75]),
        better="lower",
        training=None,
    )
    source = failure_section("birds", study, None)
    assert re.findall(r"<b>([^<]+)</b>", source) == ["0.75", "0.25"]
    assert "the source, what was made of it, the truth." in source
    words = re.findall(r'alt="(\w+):', source)
    assert words[:3] == ["source", "made", "truth"]


def test_failures_without_scores_are_far_from_all_real_images():
    study = study_of(_LEVELS, sources=colors(1, 2, 3))
    source = failure_section("cats", study, _found(study))
    values = re.findall(r"<b>([^<]+)</b>", source)
    # Levels 20 and 2 from the nearest, in three channels.
    assert values == ["34.6", "3.46"]
    alts = re.findall(r'alt="([^"]+)"', source)
    assert alts[:3] == [
        "source: made &lt;60&gt;",
        "made: made &lt;60&gt;",
        "nearest real: made &lt;60&gt;",
    ]
    assert "the nearest real image." in source
    Page(source)
