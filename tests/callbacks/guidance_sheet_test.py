import numpy as np
import pytest
from PIL import Image

from tests.callbacks.fake_ragan import compiled
from tests.callbacks.fake_ragan import gray
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import GuidanceSheet
from tfragan.callbacks import MetricsWriter
from tfragan.visualization import Guidance

_CELL = 96 + 3


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _guidances():
    return [
        Guidance(text, {"captions": [text]}, text.split())
        for text in ("red", "a blue bird")
    ]


def _pixels(path):
    return np.asarray(Image.open(path))


def test_sheets_and_their_attention_at_start_in_between_and_at_the_end(
    writer, tmp_path
):
    sheet = GuidanceSheet(writer, gray(10, 20), _guidances(), every_steps=2)
    fit(compiled(), [sheet], steps=3)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [
        *(f"attention_{step:06d}.png" for step in (0, 2, 3)),
        *(f"edits_{step:06d}.png" for step in (0, 2, 3)),
    ]
    drawn = _pixels(tmp_path / "samples" / "edits_000003.png")
    # The input, then what each caption makes of it.
    row = drawn[-_CELL // 2, 48::_CELL, 0]
    assert row[:3].tolist() == [20, 20 + 3, 20 + 11]


def test_backgrounds_are_random_above_and_of_the_truth_below(writer, tmp_path):
    model = compiled(supervised=True, code="background")
    sheet = GuidanceSheet(
        writer, gray(10), _guidances(), truths=gray(100), seed=5, kind="colors"
    )
    sheet.set_model(model)
    sheet.draw(0)
    drawn = _pixels(tmp_path / "samples" / "colors_000000.png")
    left = drawn.shape[1] - (3 * _CELL + 3)
    rows = drawn[[-_CELL * 3 // 2, -_CELL // 2]][:, left + 48 :: _CELL, 0]
    assert rows[:, :3].tolist() == [[10, 13, 21], [100, 113, 121]]
    assert ("ab", [5, 6]) in model.calls


def test_without_backgrounds_the_truth_is_the_last_column(writer, tmp_path):
    sheet = GuidanceSheet(writer, gray(10), _guidances(), truths=gray(100))
    sheet.set_model(compiled(supervised=True))
    sheet.draw(0)
    drawn = _pixels(tmp_path / "samples" / "edits_000000.png")
    assert drawn[-_CELL // 2, 48::_CELL, 0].tolist() == [10, 13, 21, 100]
