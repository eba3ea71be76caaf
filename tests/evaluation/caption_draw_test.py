import json
import types

import pytest

from tfragan.evaluation.caption_draw import draw_captions
from tfragan.evaluation.caption_draw import write_draw

_CAPTIONS = (("a0", "a1", "a2"), ("b0",), ("c0", "c1"))
DATASET = types.SimpleNamespace(
    items=[
        types.SimpleNamespace(key=f"{captions[0][0]}.png", captions=captions)
        for captions in _CAPTIONS
    ]
)


def _captions(*args):
    return [each.caption for each in draw_captions(DATASET, *args)]


def test_first_captions_are_in_order():
    assert _captions(0, 0, "first") == ["a0", "b0", "c0"]
    assert _captions(5, 0, "first") == ["a0", "b0", "c0", "a0", "b0"]


def test_every_caption_comes_before_any_comes_again():
    every = ["a0", "b0", "c0", "a1", "c1", "a2"]
    assert _captions(0, 0, "every") == every
    assert _captions(8, 0, "every") == every + every[:2]


def test_drawn_captions_are_without_replacement():
    drawn = _captions(6, 1)
    assert sorted(drawn) == sorted(_captions(0, 0, "every"))
    assert drawn != _captions(6, 2)
    assert drawn == _captions(6, 1)
    assert len(_captions(0, 1)) == 3
    # The second round is a draw of its own.
    twice = _captions(12, 1)
    assert twice[:6] == drawn
    assert sorted(twice[6:]) == sorted(drawn)


def test_each_picture_has_a_seed_and_can_be_made_again(tmp_path):
    drawn = draw_captions(DATASET, 4, seed=7)
    assert [each.seed for each in drawn] == [7, 8, 9, 10]
    write_draw(tmp_path / "captions.jsonl", drawn)
    lines = (tmp_path / "captions.jsonl").read_text("utf-8").splitlines()
    for line, each in zip(lines, drawn, strict=True):
        found = json.loads(line)
        assert found["caption"] == each.caption
        assert found["seed"] == each.seed
        assert found["key"] == each.key
        assert _CAPTIONS[each.image][found["number"]] == each.caption


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match='expected "first", "every"'):
        draw_captions(DATASET, 1, kind="all")
