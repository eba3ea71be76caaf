"""Edits of avatars are compared with their right answers."""

import numpy as np
import pytest
from PIL import Image

from tfragan.data import avatar_edits
from tfragan.evaluation.edit_match import measure_avatar_edits
from tfragan.metrics import AvatarJudge


class _Oracle:
    """Knows the answers, and the brightness that they are to have."""

    def __init__(self, brighter):
        self.answers = {
            edit.target_caption: np.asarray(
                Image.open(edit.target.path).convert("RGB")
            )
            for edit in avatar_edits()
        }
        self.brighter = brighter

    def translate(self, images, captions, batch_size):
        answers = np.stack([self.answers[caption] for caption in captions])
        return {"image": np.clip(answers + float(self.brighter), 0, 255)}


class _Identity:
    def translate(self, images, captions, batch_size):
        return {"image": images}


@pytest.fixture(scope="module")
def judge():
    return AvatarJudge()


def _measured(model, judge):
    found = measure_avatar_edits(model, judge, 8, 7, {"split": "test"})
    assert {each.step for each in found} == {7}
    assert found[0].protocol["features"] == "avatar_judge"
    return {(each.metric, each.of): each.value for each in found}


def test_right_answers_are_found_right(judge):
    values = _measured(_Oracle(0), judge)
    for of in ("edited", "real"):
        assert values["edit_accuracy_mean", of] > 0.98
        assert values["kept_accuracy_mean", of] > 0.98
        assert values["answer_difference", of] == 0.0
    assert values["edit_accuracy_mean", "unedited"] < 0.02
    assert values["answer_difference", "unedited"] > 1.0
    # What is asked for, in the 300 edits.
    asked = {name for name, of in values if name.startswith("edit_accuracy")}
    assert asked == {
        f"edit_accuracy_{name}"
        for name in ("background", "clothes_color", "eyes", "hair_color")
    } | {"edit_accuracy_mean"}


def test_pictures_left_alone_keep_everything_and_edit_nothing(judge):
    values = _measured(_Identity(), judge)
    assert values["edit_accuracy_mean", "edited"] < 0.02
    assert values["kept_accuracy_mean", "edited"] > 0.98


def test_the_difference_to_the_answer_is_in_gray_levels(judge):
    values = _measured(_Oracle(4), judge)
    # White stays white.
    assert 2.0 < values["answer_difference", "edited"] <= 4.0
