"""Pictures that are there and of the same making are not made again."""

import json
import types

import numpy as np
import pytest
from PIL import Image

from tfragan.cli.captions_in import NamedCaption
from tfragan.cli.sample_writer import SampleWriter

_CAPTIONS = [NamedCaption("red", "a red bird"), NamedCaption("blue", "a fish")]


class _Model:
    """Makes pictures of one gray: their seed."""

    map_name = "masks"
    global_step = types.SimpleNamespace(numpy=lambda: 7)

    def __init__(self, stop_at=None):
        self.seeds = []
        self._stop_at = stop_at

    def generate_outputs(self, captions, seeds, batch_size, **options):
        assert len(captions) == len(seeds) == batch_size
        if self._stop_at in seeds:
            raise KeyboardInterrupt
        self.seeds += seeds
        grays = np.array(seeds, np.uint8).reshape(-1, 1, 1, 1)
        return {
            "image": np.broadcast_to(grays, (len(seeds), 8, 8, 3)),
            "masks": [np.full((len(seeds), 4, 4, 1), 0.5)],
        }


@pytest.fixture
def preset(tmp_path):
    folder = tmp_path / "preset"
    folder.mkdir()
    (folder / "model.weights.h5").write_bytes(b"weights")
    return folder


def _write(preset, model, count=5, seed=0, options=(), kinds=(), batch_size=2):
    output = preset.parent / "out"
    writer = SampleWriter(model, preset, output, dict(options), kinds)
    return writer.write(_CAPTIONS, count, seed, batch_size, progress=False)


def _lines(preset):
    text = (preset.parent / "out" / "samples.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _assert_complete(preset, count=5, seed=0):
    lines = _lines(preset)
    assert [line["seed"] for line in lines] == list(range(seed, seed + count))
    for line in lines:
        picture = np.asarray(Image.open(preset.parent / "out" / line["file"]))
        assert (picture == line["seed"]).all()


def test_an_interrupted_run_goes_on(preset):
    with pytest.raises(KeyboardInterrupt):
        _write(preset, _Model(stop_at=3))
    model = _Model()

    assert _write(preset, model) == 2
    assert model.seeds == [2, 3, 4]
    _assert_complete(preset)


def test_a_finished_run_is_left_as_it_is(preset):
    _write(preset, _Model())
    model = _Model()

    assert _write(preset, model) == 5
    assert model.seeds == []
    assert _write(preset, model, count=3) == 3
    _assert_complete(preset, count=3)


def test_more_pictures_are_added(preset):
    _write(preset, _Model(), count=3)
    model = _Model()

    assert _write(preset, model) == 3
    assert model.seeds == [3, 4]
    _assert_complete(preset)


def test_a_line_cut_short_and_a_lost_picture_are_made_up_for(preset):
    output = preset.parent / "out"
    _write(preset, _Model())
    text = (output / "samples.jsonl").read_bytes()
    (output / "samples.jsonl").write_bytes(text[:-9])
    (output / "red_r1.png").unlink()
    model = _Model()

    assert _write(preset, model) == 2
    assert model.seeds == [2, 3, 4]
    _assert_complete(preset)


@pytest.mark.parametrize(
    "other",
    [{"seed": 9}, {"options": {"truncation": 0.5}}, {"kinds": ["masks"]}],
)
def test_pictures_of_another_making_are_replaced(preset, other):
    _write(preset, _Model())
    model = _Model()

    assert _write(preset, model, **other) == 0
    assert len(model.seeds) == 5
    _assert_complete(preset, seed=other.get("seed", 0))


def test_pictures_of_other_weights_are_replaced(preset):
    _write(preset, _Model())
    (preset / "model.weights.h5").write_bytes(b"others")

    assert _write(preset, _Model()) == 0
    _assert_complete(preset)


def test_maps_have_folders_of_their_own_and_are_made_up_for(preset):
    kinds = ["masks", "mask_panels"]
    _write(preset, _Model(), kinds=kinds)
    lines = _lines(preset)
    for line in lines:
        mask = Image.open(preset.parent / "out" / line["masks"])
        assert (mask.mode, mask.size) == ("L", (4, 4))
    panels = preset.parent / "out_mask_panels"
    assert len(list(panels.iterdir())) == 5
    (panels / "blue.png").unlink()

    assert _write(preset, _Model(), kinds=kinds) == 1
    assert _lines(preset) == lines
    assert (panels / "blue.png").is_file()
