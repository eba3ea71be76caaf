import numpy as np
from PIL import Image

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import ImageGrid
from tfragan.callbacks import MetricsWriter


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


def test_real_images_lie_beside(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    reals = np.full((2, 8, 8, 3), 9, np.uint8)
    fit(compiled(), [ImageGrid(writer, ["a"], reals=reals)], steps=1)
    drawn = np.asarray(Image.open(tmp_path / "samples" / "reals.png"))
    assert (drawn == 9).sum() == reals.size


def test_real_images_of_the_captions_look_like_the_grid(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    reals = np.full((1, 8, 8, 3), ord("a"), np.uint8)
    fit(compiled(), [ImageGrid(writer, ["a"], reals=reals)], steps=1)
    real, generated = (
        np.asarray(Image.open(tmp_path / "samples" / name))
        for name in ("reals.png", "grid_000001.png")
    )
    np.testing.assert_array_equal(real, generated)
