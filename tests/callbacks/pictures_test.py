import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.callbacks import fake_ragan
from tests.callbacks.fake_ragan import gray
from tests.callbacks.tiny_model import TinyModel
from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.models import small_models
from tfragan.callbacks import GuidanceSheet
from tfragan.callbacks import ImageGrid
from tfragan.callbacks import MapPanel
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import ResultPage
from tfragan.callbacks import TranslationGrid
from tfragan.visualization import Guidance
from tfragan.visualization import mask_figure


def test_same_captions_and_seed_at_start_in_between_and_at_the_end(tmp_path):
    model = compiled()
    captions = ["red heart", "blue  square\n"]
    grid = ImageGrid(MetricsWriter(tmp_path), captions, 7, every_steps=2)
    fit(model, [grid], steps=5)
    samples = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert samples == [
        "captions.txt",
        "grid_000000.png",
        "grid_000002.png",
        "grid_000004.png",
        "grid_000005.png",
    ]
    assert model.generated == [(captions, 7)] * 4
    assert (tmp_path / "samples" / "captions.txt").read_text() == (
        "red heart\nblue square\n"
    )


def test_the_end_is_not_drawn_twice(tmp_path):
    model = compiled()
    writer = MetricsWriter(tmp_path, tensorboard=False)
    fit(model, [ImageGrid(writer, ["a"], every_steps=2)], steps=4)
    assert len(model.generated) == 3


def test_real_images_of_the_captions_look_like_the_grid(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    reals = np.full((1, 8, 8, 3), ord("a"), np.uint8)
    fit(compiled(), [ImageGrid(writer, ["a"], reals=reals)], steps=1)
    real, generated = (
        np.asarray(Image.open(tmp_path / "samples" / name))
        for name in ("reals.png", "grid_000001.png")
    )
    np.testing.assert_array_equal(real, generated)


@pytest.mark.parametrize(
    ("map_name", "kind"),
    [("attention_maps", "attention"), ("masks", "masks"), ("heat", "heat")],
)
def test_the_maps_that_a_model_names_are_drawn(tmp_path, map_name, kind):
    model = compiled(map_name=map_name)
    panel = MapPanel(MetricsWriter(tmp_path), ["a red bird"], 3, every_steps=2)
    fit(model, [panel], steps=3)
    samples = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert samples == [f"{kind}_{step:06d}.png" for step in (0, 2, 3)]
    assert model.generated == [(["a red bird"], 3)] * 3
    # The image, and three words or a mask and the shaded image.
    picture = np.asarray(Image.open(tmp_path / "samples" / samples[0]))
    assert picture.shape[1] >= 3 * 96


@pytest.mark.parametrize("options", [{"stages": 1}, {"map_name": None}])
def test_a_model_without_maps_has_no_panel(tmp_path, options):
    panel = MapPanel(MetricsWriter(tmp_path), ["a red bird"])
    fit(compiled(**options), [panel], steps=1)
    assert not (tmp_path / "samples").exists()


def test_the_panel_shows_the_models_masks_and_is_in_tensorboard(tmp_path):
    writer = MetricsWriter(tmp_path)
    model = small_models.ssagan()
    captions = ["a red bird", "a blue fish"]
    panel = MapPanel(writer, captions, seed=5)
    panel.set_model(model)
    panel.draw(7)
    writer.flush()
    images, masks = model.generate(captions, seed=5, return_masks=True)
    expected = mask_figure(images, masks, captions)
    path = tmp_path / "samples" / "masks_000007.png"
    np.testing.assert_array_equal(np.asarray(Image.open(path)), expected)
    events = next((tmp_path / "tensorboard").iterdir())
    tags = {
        value.tag
        for record in tf.data.TFRecordDataset(str(events))
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    }
    assert tags == {"masks"}


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
    fit(fake_ragan.compiled(), [sheet], steps=3)
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == [
        *(f"attention_{step:06d}.png" for step in (0, 2, 3)),
        *(f"edits_{step:06d}.png" for step in (0, 2, 3)),
    ]
    drawn = _pixels(tmp_path / "samples" / "edits_000003.png")
    # The input, then what each caption makes of it.
    row = drawn[-_CELL // 2, 48::_CELL, 0]
    assert row[:3].tolist() == [20, 20 + 3, 20 + 11]


def test_backgrounds_are_random_above_and_of_the_truth_below(writer, tmp_path):
    model = fake_ragan.compiled(supervised=True, code="background")
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
    sheet.set_model(fake_ragan.compiled(supervised=True))
    sheet.draw(0)
    drawn = _pixels(tmp_path / "samples" / "edits_000000.png")
    assert drawn[-_CELL // 2, 48::_CELL, 0].tolist() == [10, 13, 21, 100]


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
