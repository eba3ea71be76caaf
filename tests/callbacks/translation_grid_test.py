import numpy as np
import pytest
from PIL import Image

from tests.callbacks.tiny_model import TinyModel
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import ResultPage
from tfragan.callbacks import TranslationGrid


class _Translator(TinyModel):
    """Darkens from A to B and brightens from B to A."""

    def __init__(self, has_heat_maps=True):
        super().__init__()
        self.has_heat_maps = has_heat_maps
        self.calls = []

    def generator_of(self, direction):
        shift = {"ab": -0.5, "ba": 0.25}[direction]

        def generate(images, training):
            self.calls.append((direction, training, images.shape[0]))
            outputs = {"image": images + shift}
            if self.has_heat_maps:
                outputs["heat_map"] = images[:, ::4, ::4, :1]
            return outputs

        return generate


def _compiled(**kwargs):
    model = _Translator(**kwargs)
    model.compile(run_eagerly=True)
    return model


def _images(count, level):
    return np.full((count, 8, 8, 3), level, np.uint8)


def _pixels(path):
    return np.asarray(Image.open(path))


def test_both_directions_at_start_in_between_and_at_the_end(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = _compiled()
    grid = TranslationGrid(writer, _images(3, 200), _images(2, 40), 2)
    fit(model, [grid], steps=3)
    samples = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert samples == [
        *(f"ab_{step:06d}.png" for step in (0, 2, 3)),
        *(f"ba_{step:06d}.png" for step in (0, 2, 3)),
        "rows.txt",
    ]
    ab = _pixels(tmp_path / "samples" / "ab_000003.png")
    ba = _pixels(tmp_path / "samples" / "ba_000003.png")
    assert ab.shape == (7 * 8, 3 * 8, 3)
    assert ba.shape == (7 * 8, 2 * 8, 3)
    # The image, its identity, its translation, and back again.
    assert ab[::8, 0, 0][[0, 2, 4, 6]].tolist() == [200, 232, 136, 168]
    assert ba[::8, 0, 0][[0, 2, 4, 6]].tolist() == [40, 0, 72, 8]
    assert {training for _, training, _ in model.calls} == {False}
    assert {size for *_, size in model.calls} == {1}


def test_models_without_heat_maps_have_four_rows(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    grid = TranslationGrid(writer, _images(1, 9), _images(1, 9))
    fit(_compiled(has_heat_maps=False), [grid], steps=1)
    picture = _pixels(tmp_path / "samples" / "ab_000001.png")
    assert picture.shape == (4 * 8, 8, 3)
    rows = (tmp_path / "samples" / "rows.txt").read_text().splitlines()
    assert rows == ["real image", "identity", "translation", "cycle"]


def test_the_page_shows_them_over_time_and_says_what_the_rows_are(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    grid = TranslationGrid(writer, _images(1, 9), _images(1, 9), 1)
    fit(_compiled(), [grid, ResultPage(tmp_path)], steps=2)
    page = (tmp_path / "index.html").read_text()
    for text in (
        "From A to B over time",
        "From B to A over time",
        "samples/ab_000001.png",
        "samples/ba_000002.png",
        "<li>heat map of the cycle</li>",
    ):
        assert text in page


def test_images_of_another_kind_are_refused(tmp_path):
    writer = MetricsWriter(tmp_path)
    with pytest.raises(ValueError, match="images_b.*float64"):
        TranslationGrid(writer, _images(1, 9), np.zeros((1, 8, 8, 3)))
