"""Pictures carry their bytes, and stand in order."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.reports.fake_runs import fake_run
from tests.reports.fake_studies import colors
from tests.reports.fake_studies import mean_features
from tests.reports.fake_studies import study_of
from tfragan.reports.nearest_images import NeighborSearch
from tfragan.reports.report_pictures import embedded_picture
from tfragan.reports.report_pictures import failure_study
from tfragan.reports.report_pictures import nearest_study
from tfragan.reports.report_pictures import sample_kinds
from tfragan.reports.report_pictures import sample_texts
from tfragan.reports.report_pictures import spread
from tfragan.reports.run_record import read_runs
from tfragan.visualization import write_png

_NOISE = np.random.default_rng(0).integers(0, 256, (30, 60, 3), np.uint8)
_LEVELS = (60, 12, 43)


def _decoded(picture):
    match = re.fullmatch("data:image/(\\w+);base64,(.+)", picture["src"])
    image = Image.open(io.BytesIO(base64.b64decode(match[2])))
    assert image.format.lower() == match[1]
    assert image.size == (picture["width"], picture["height"])
    return image


def test_a_picture_is_a_jpeg_or_a_smaller_png():
    assert _decoded(embedded_picture(_NOISE, "", 60)).format == "JPEG"
    flat = embedded_picture(np.full((30, 60, 3), 7, np.uint8), "", 60)
    assert _decoded(flat).format == "PNG"
    assert np.unique(np.asarray(_decoded(flat))).tolist() == [7]


def test_a_wide_picture_is_shrunk():
    assert _decoded(embedded_picture(_NOISE, "", 20)).size == (20, 10)
    tall = _NOISE.transpose(1, 0, 2)
    assert _decoded(embedded_picture(tall, "", 40)).size == (30, 60)


def test_files_of_any_mode_are_read(tmp_path):
    path = tmp_path / "gray.png"
    Image.fromarray(_NOISE[..., 0]).save(path)
    assert _decoded(embedded_picture(path, "", 60)).mode == "RGB"


@pytest.fixture
def runs(tmp_path):
    return read_runs([fake_run(tmp_path / name) for name in ("one", "two")])


def _steps(card):
    return [step for step, _ in card["figures"]]


def test_a_kind_of_pictures_has_those_of_all_runs(runs):
    kinds = sample_kinds(runs)
    assert [kind["title"] for kind in kinds] == [
        "Samples over time",
        "What the words look at",
        "Real images",
    ]
    assert [card["run"] for card in kinds[0]["cards"]] == ["one", "two"]
    assert [_steps(card) for card in kinds[0]["cards"]] == [[10, 20]] * 2
    assert _steps(kinds[2]["cards"][0]) == [None]
    assert sample_texts(runs)[0] == (
        "Captions of the samples, one",
        ["a <red> bird"],
    )


def test_many_pictures_are_thinned_out_and_it_is_said(runs):
    level = np.zeros((4, 4, 3), np.uint8)
    for step in range(30, 200, 10):
        write_png(runs[0].folder.sample_path("attention", step), level)
    (card,) = sample_kinds(runs[:1])[1]["cards"]
    assert _steps(card) == [10, 100, 190]
    assert card["remarks"] == [
        "3 of 19 pictures; all are in samples/ of the run."
    ]


def test_what_is_no_picture_is_said_and_the_others_are_shown(runs):
    runs[0].folder.sample_path("grid", 15).write_bytes(b"cut")
    (card,) = sample_kinds(runs[:1])[0]["cards"]
    assert _steps(card) == [10, 20]
    assert card["remarks"] == ["grid_000015.png cannot be read as a picture."]


def test_a_run_without_pictures_has_no_kinds(tmp_path):
    run = fake_run(tmp_path / "one")
    for path in (run / "samples").iterdir():
        path.unlink()
    assert sample_kinds(read_runs([run])) == []


def test_some_items_are_the_ends_and_between():
    assert spread(list(range(9)), 3) == [0, 4, 8]
    assert spread([1, 2], 5) == [1, 2]


def _found(study):
    return NeighborSearch(mean_features).search(study)


def test_the_nearest_come_first_beside_their_neighbors():
    study = study_of(_LEVELS)
    shown = nearest_study("cats", study, _found(study))
    assert shown["title"] == "cats, from A to B"
    assert shown["searched"] == "4"
    made, real = (
        [[picture["alt"] for picture, _ in row] for row in card["rows"]]
        for card in shown["cards"]
    )
    assert made == [
        ["made <12>", "10.png", "20.png", "30.png"],
        ["made <43>", "40.png", "30.png", "20.png"],
        ["made <60>", "40.png", "30.png", "20.png"],
    ]
    assert real == [
        ["held 100", "40.png", "30.png", "20.png"],
        ["held 110", "40.png", "30.png", "20.png"],
    ]


def _scores(shown):
    return [
        score for card in shown["cards"] for _, score, _ in card["examples"]
    ]


def _first_pictures(shown):
    pictures, _, _ = shown["cards"][0]["examples"][0]
    return [picture["alt"] for picture in pictures]


def test_failures_are_the_lowest_scores():
    scores = np.array([0.5, -0.25, 0.75])
    study = study_of(_LEVELS, scores=scores, score="a cosine", training=None)
    shown = failure_study("birds", study, None)
    assert _scores(shown) == ["-0.25", "0.75"]
    assert shown["words"] == (
        "By a cosine, of 3 translations; the median is 0.5."
    )


def test_low_scores_may_be_good_and_truths_are_shown():
    study = study_of(
        _LEVELS,
        sources=colors(1, 2, 3),
        truths=colors(4, 5, 6),
        scores=np.array([0.5, 0.25, 0.75]),
        better="lower",
        training=None,
    )
    shown = failure_study("birds", study, None)
    assert _scores(shown) == ["0.75", "0.25"]
    assert "the source, what was made of it, the truth." in shown["words"]
    words = [alt.split(":")[0] for alt in _first_pictures(shown)]
    assert words == ["source", "made", "truth"]


def test_failures_without_scores_are_far_from_all_real_images():
    study = study_of(_LEVELS, sources=colors(1, 2, 3))
    shown = failure_study("cats", study, _found(study))
    # Levels 20 and 2 from the nearest, in three channels.
    assert _scores(shown) == ["34.6", "3.46"]
    assert _first_pictures(shown) == [
        "source: made <60>",
        "made: made <60>",
        "nearest real: made <60>",
    ]
    assert "the nearest real image." in shown["words"]
