"""A report in a headless Chromium: by keyboard, narrow, and without scripts."""

import numpy as np
import pytest

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tfragan.reports.nearest_images import NeighborSearch
from tfragan.reports.report_page import report_page
from tfragan.reports.run_record import read_runs

_SHOWN = (
    "[...document.querySelectorAll('.slides')[0].querySelectorAll('figure')]"
    ".filter(f => f.getClientRects().length).map(f => f.dataset.step)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    long_name = "a_run_with_a_name_that_is_far_too_long_for_a_narrow_screen"
    runs = read_runs(
        [
            fake_run(folder / name, [measured(metric=long_name)])
            for name in ("one", long_name)
        ]
    )
    study = study_of([12, 60], scores=np.array([0.1, 0.2]), score="a cosine")
    found = NeighborSearch(mean_features).search(study)
    page = report_page(runs, [("one", study, found)], features="means")
    path = folder / "report.html"
    path.write_text(page, "utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    browser.problems.clear()
    browser.open(address)
    browser.wait_for("!!document.querySelector('.scripted')")
    yield browser
    assert browser.problems == []


def test_a_slider_goes_through_the_steps_by_keys(page):
    assert page.value(_SHOWN) == ["20"]
    range_ = "document.querySelector('.slides input')"
    page.value(f"{range_}.focus()")
    page.press("ArrowLeft", 37)
    assert page.value(_SHOWN) == ["10"]
    assert page.value(f"{range_}.getAttribute('aria-valuetext')") == "step 10"
    page.press("End", 35)
    assert page.value(_SHOWN) == ["20"]


def test_every_picture_is_there_and_has_words(page):
    assert page.value(
        "[...document.images].every(i => i.naturalWidth > 0 && i.alt)"
    )
    assert page.value("document.images.length") > 20
    assert page.value(
        "[...document.querySelectorAll('input')]"
        ".every(i => i.getAttribute('aria-label'))"
    )


def test_headings_go_down_a_level_at_a_time(page):
    levels = page.value(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    steps = zip(levels, levels[1:], strict=False)
    assert all(later <= level + 1 for level, later in steps)


def test_nothing_is_wider_than_a_narrow_screen(page, address):
    page._call(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=700,
        deviceScaleFactor=1,
        mobile=False,
    )
    page.open(address)
    page.wait_for("!!document.querySelector('.scripted')")
    assert page.value("innerWidth") == 360
    assert page.value("document.documentElement.scrollWidth") <= 360
    page._call("Emulation.clearDeviceMetricsOverride")


def test_the_page_is_dark_where_that_is_wanted(page):
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.value(color)
    page._call(
        "Emulation.setEmulatedMedia",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    assert page.value(color) != light
    page._call("Emulation.setEmulatedMedia", features=[])


def test_all_pictures_are_shown_without_scripts(page, address):
    page._call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(address)
    page.wait_for("document.readyState === 'complete'")
    assert page.value(_SHOWN) == ["10", "20"]
    assert not page.shows(".slider")
    page._call("Emulation.setScriptExecutionDisabled", value=False)
