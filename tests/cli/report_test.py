"""`tfragan report`: what models make, and what is left out."""

import re

import pytest

from tests.cli.conftest import succeed
from tests.fake_domains import FakeFeatures
from tests.reports.fake_runs import fake_run
from tests.reports.run_page_test import Page
from tfragan import metrics


class _Features(FakeFeatures):
    """Mean colors with a whole protocol."""

    def protocol(self):
        about = {"weights": "none", "weights_sha256": "ab" * 32}
        return {**super().protocol(), **about, "resize": "not at all"}


@pytest.fixture
def features(monkeypatch):
    made = []

    def image_features(name, weights=None):
        made.append((name, weights))
        return _Features()

    monkeypatch.setattr(metrics, "image_features", image_features)
    return made


def _report(output, *arguments):
    succeed("report", *arguments, f"--output={output}", "--count=4")
    page = Page(output.read_text("utf-8"))
    assert all(link.startswith("data:") for link in page.links)
    return page


def test_generated_pictures_have_neighbors_and_failures(
    attngan_run, features, tmp_path, capsys
):
    output = tmp_path / "new" / "page.html"
    weights = tmp_path / "w.npz"
    weights.touch()
    page = _report(
        output,
        attngan_run,
        "--features=some",
        f"--weights={weights}",
        "--training_count=50",
    )
    assert features == [("some", str(weights))]
    assert "The median distance of generated pictures to the" in page.text
    assert "By the cosine of image and caption" in page.text
    assert "(weights none, SHA-256 abababababab; not at all)" in page.text
    assert "Left out" not in page.text
    assert re.search(rf"{output}: \d\.\d MiB\n$", capsys.readouterr().out)


def test_runs_of_several_kinds_stand_side_by_side(
    damsm_run, ugatit_run, features, tmp_path
):
    page = _report(
        tmp_path / "page.html", damsm_run, ugatit_run, "--training_count=9"
    )
    assert len(features) == 1
    assert "from A to B" in page.text
    assert "from B to A" in page.text
    assert "9 of " in page.text
    assert "held-out pairs of image and caption" in page.text
    assert "distance to the nearest real image" in page.text
    assert "a DAMSM makes no pictures." in page.text


def test_what_cannot_be_made_is_left_out(attngan_run, tmp_path, monkeypatch):
    def missing(name, weights=None):
        raise ImportError("this package is not installed")

    monkeypatch.setattr(metrics, "image_features", missing)
    untrained = fake_run(tmp_path / "untrained")
    page = _report(
        tmp_path / "page.html", attngan_run, untrained, "--training_count=9"
    )
    assert "this package is not installed" in page.text
    assert f"{untrained} holds no trained model" in page.text
    assert "Nearest training images" not in page.text
    assert "By the cosine of image and caption" in page.text
    assert "generator_loss" in page.text


def test_features_that_do_not_exist_are_refused(ugatit_run, refusal):
    flags = ("--features=none", "--count=2")
    line = refusal("report", ugatit_run, *flags)
    assert "Features are one of" in line


def test_data_that_is_gone_is_said(ugatit_run, features, tmp_path):
    page = _report(
        tmp_path / "page.html", ugatit_run, f"--data={tmp_path / 'gone'}"
    )
    assert "Left out" in page.text
    assert "gone" in page.text
    assert "From A to B over time" in page.text
    assert not features


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name at least one run folder to report on."),
        (["runs/none"], "runs/none is not a run folder"),
        (
            ["runs/none", "--count=1"],
            "--count must be at least 2. Received: 1",
        ),
        (["x", "--weights=none.pth"], "--weights: there is no file none.pth."),
        (["x", "--training_count=-1"], "--training_count must be at least 0"),
    ],
)
def test_bad_input_is_named(arguments, words, tmp_path, refusal):
    output = tmp_path / "page.html"
    assert words in refusal("report", *arguments, f"--output={output}")
    assert not output.exists()


def test_too_many_runs_are_refused_at_once(tmp_path, refusal):
    runs = [fake_run(tmp_path / str(number)) for number in range(7)]
    assert "at most 6 runs, received 7" in refusal("report", *runs)
