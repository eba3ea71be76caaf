import html.parser
import json
import re
import urllib.parse

import numpy as np
import pytest

from tfragan.callbacks import RunFolder
from tfragan.visualization import write_png
from tfragan.visualization import write_result_page

_VOID = {"meta", "img", "input", "link", "br"}


class Page(html.parser.HTMLParser):
    """Collects tags, links and text, and checks that tags are closed."""

    def __init__(self, source):
        super().__init__()
        self.links, self.tags, self.text, self.open = set(), [], "", []
        self.slides = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        for name in ("src", "href"):
            if name in attributes:
                self.links.add(attributes[name])
        if "data-pictures" in attributes:
            pictures = json.loads(attributes["data-pictures"])
            self.slides.append(pictures)
            self.links.update(picture["src"] for picture in pictures)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("style", "script"):
            self.text += data + "\n"


def _write(run):
    return Page(write_result_page(run).read_text("utf-8"))


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path / "my run").create()
    run.write_config({"model": {"stages": 3, "name": "<attn>"}, "lr": 2e-4})
    for step in (50, 100):
        run.append_metrics(
            step,
            {
                "generator_loss": 3.0,
                "loss/kl": 0.25,
                "r_precision": 0.4,
                "r_precision_chance": 0.01,
            },
            epoch=step / 50,
            time=step,
        )
    picture = np.zeros((4, 4, 3), np.uint8)
    for step in (0, 100, 1_000_000):
        write_png(run.sample_path("grid", step), picture)
    write_png(run.sample_path("attention", 100), picture)
    write_png(run.samples_path / "reals.png", picture)
    write_png(run.samples_path / "odd 100%?.png", picture)
    (run.samples_path / "captions.txt").write_text("red <heart>\nbird\n")
    return run


def test_every_link_is_relative_and_exists(run):
    page = _write(run)
    assert len(page.links) == 6
    for link in page.links:
        assert not urllib.parse.urlparse(link).scheme
        assert (run.path / urllib.parse.unquote(link)).is_file()


def test_nothing_is_fetched_from_anywhere(run):
    source = write_result_page(run).read_text("utf-8")
    source = source.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|<link|fetch\(", source)
    assert "script src" not in source


def test_pictures_are_in_order_of_steps(run):
    grids, attention = _write(run).slides
    assert [picture["step"] for picture in grids] == [0, 100, 1_000_000]
    assert [picture["step"] for picture in attention] == [100]


def test_numbers_captions_and_configuration_are_shown(run):
    page = _write(run)
    for text in (
        "my run",
        "R-precision, chance 0.01",
        "0:01:40",
        "red <heart>",
        "model.stages",
        "<attn>",
        "0.0002",
    ):
        assert text in page.text
    assert page.tags.count("svg") == 3
    assert page.tags.count("table") == 1


def test_empty_folder_has_a_page_too(tmp_path):
    page = _write(tmp_path / "new")
    assert "Nothing has been recorded yet" in page.text
    assert page.links == set()


def test_broken_configuration_is_named(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="config.json is not valid JSON"):
        write_result_page(tmp_path)


def test_ten_thousand_records_stay_a_small_page(tmp_path):
    run = RunFolder(tmp_path)
    lines = [
        json.dumps({"step": step, "a_loss": step * 0.1, "loss/b": 1.0})
        for step in range(10_000)
    ]
    run.metrics_path.write_text("\n".join(lines))
    assert write_result_page(run).stat().st_size < 100_000


def test_captions_and_names_stay_text_whatever_they_hold(run, browser):
    hostile = '</script><img src=x onerror="hacked = 1">\'{{ 7 * 7 }}'
    (run.samples_path / "captions.txt").write_text(hostile + "\n")
    run.append_metrics(150, {hostile: 1.0})
    run.write_config({hostile: hostile})
    browser.problems.clear()
    browser.open(write_result_page(run).as_uri())
    browser.wait_for("document.readyState === 'complete'")
    assert (
        browser.value("document.querySelector('ol li').textContent") == hostile
    )
    assert browser.value("document.querySelectorAll('[onerror]').length") == 0
    assert browser.problems == []


def test_the_player_goes_through_the_pictures(run, browser):
    browser.open(write_result_page(run).as_uri())
    browser.wait_for("document.readyState === 'complete'")
    shown = "document.querySelector('.steps output').textContent"
    assert browser.value(shown) == "step 1,000,000"
    browser.click(".steps button")
    assert browser.value(shown) == "step 100"
    assert browser.value("document.images[0].src").endswith("grid_000100.png")
