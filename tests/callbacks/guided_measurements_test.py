import numpy as np
import pytest

from tests.callbacks.fake_ragan import compiled
from tests.callbacks.fake_ragan import gray
from tests.callbacks.tiny_model import fit
from tfragan.callbacks import ColorEvaluation
from tfragan.callbacks import EditEvaluation
from tfragan.callbacks import GuidedImages
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import RunFolder

# To the letters that stand for captions of one letter.
_LETTERS = [ord(letter) for letter in "abcd"]


@pytest.fixture
def writer(tmp_path):
    return MetricsWriter(tmp_path, tensorboard=False)


def _parts():
    """Images that mean "a" to "d", one below what one more letter gives."""
    own, others = list("abcd"), list("bcde")
    for rows in (slice(0, 3), slice(3, 4)):
        yield GuidedImages(
            gray(*_LETTERS[rows]),
            {"captions": own[rows]},
            {"captions": others[rows]},
        )


def test_edits_are_measured_beside_the_unedited_images(writer, tmp_path):
    evaluation = EditEvaluation(writer, _parts, every_steps=2)
    fit(compiled(), [evaluation], steps=3)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [0, 2, 3]
    # A caption of one letter brightens by 1: "a" becomes "b".
    assert records[0]["r_precision/edited"] == 1.0
    # An "a" is as far from all of "b" to "e": one in four is a hit then, and
    # the others are nearer to a wrong one.
    assert records[0]["r_precision/unedited"] == 0.25 / 4
    assert records[0]["r_precision/real"] == 1.0
    assert records[0]["r_precision/edited_chance"] == 0.25
    assert records[0]["r_precision/edited_std"] == 0.0
    # By their own captions, of one letter too, images become the same.
    assert records[0]["sentence_preference"] == 0.5
    # There is one level, and back is one more.
    assert records[0]["edit_difference"] == 1.0
    assert records[0]["reconstruction_error"] == 2.0


def test_edits_by_two_captions_are_compared(writer):
    def parts():
        # By "cc" an "a" becomes a "c", by "a" a "b"; by "ddd" a "d", too.
        yield GuidedImages(
            gray(*_LETTERS[:1] * 4),
            {"captions": ["a", "a", "a", "aaa"]},
            {"captions": ["cc", "ddd", "b", "b"]},
        )

    evaluation = EditEvaluation(writer, parts)
    evaluation.set_model(compiled())
    # The third image is both times a "b", the fourth then another.
    expected = (1 + 1 + 0.5 + 1) / 4
    assert evaluation.measured_values()["sentence_preference"] == expected


def test_a_resumed_run_is_not_measured_at_its_start(writer, tmp_path):
    model = compiled()
    model.global_step.assign(4)
    fit(model, [EditEvaluation(writer, _parts)], steps=2)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [6]


def test_images_of_two_domains_are_measured_in_each_direction(writer):
    def parts():
        for direction, level in (("ab", 3), ("ba", 5)):
            yield GuidedImages(
                gray(100),
                {"references": gray(1)},
                {"references": gray(level)},
                direction=direction,
            )

    model = compiled(both_ways=True)
    evaluation = EditEvaluation(writer, parts)
    evaluation.set_model(model)
    assert evaluation.measured_values() == {
        "edit_difference_ab": 3.0,
        "reconstruction_error_ab": 4.0,
        "edit_difference_ba": 5.0,
        "reconstruction_error_ba": 6.0,
    }
    assert [direction for direction, _ in model.calls] == [
        "ab",
        "ba",
        "ba",
        "ab",
    ]


def _gray_parts():
    """Inputs of 100 whose truths are 110; a caption of four letters."""
    for count in (3, 1):
        yield GuidedImages(
            gray(*[100] * count),
            {"captions": ["blue"] * count},
            {},
            gray(*[110] * count),
        )


def _measured(writer, **kwargs):
    evaluation = ColorEvaluation(writer, _gray_parts, lambda: np.zeros(2))
    model = compiled(supervised=True, **kwargs)
    evaluation.set_model(model)
    return model, evaluation.measured_values()


def test_colors_are_measured_beside_gray_and_one_mean_color(writer, tmp_path):
    asked = []

    def chroma():
        asked.append(True)
        return np.array([0.0, 20.0])

    evaluation = ColorEvaluation(writer, _gray_parts, chroma, every_steps=2)
    fit(compiled(supervised=True), [evaluation], steps=3)
    records = RunFolder(tmp_path).read_metrics()
    assert [record["step"] for record in records] == [0, 2, 3]
    assert len(asked) == 1
    found = records[-1]
    assert found["color_error/translated"] == 6.0
    assert found["color_error/gray"] == 10.0
    assert found["chroma_error/gray"] == pytest.approx(0.0, abs=1e-3)
    # Cb is right, Cr is off by 20.
    assert found["chroma_error/mean_color"] == pytest.approx(10.0, abs=0.5)
    assert "color_error/random" not in found


def test_random_backgrounds_are_measured_beside_those_of_the_truth(writer):
    model, found = _measured(writer, code="background")
    assert found["color_error/random"] == 6.0
    assert found["color_error/translated"] == 110 + 4 - 10
    # Image i has the seed i, whatever the parts.
    assert [seed for _, seed in model.calls] == [0, 0, 0, 3]


def test_parts_count_by_their_images(writer):
    def parts():
        yield GuidedImages(gray(0, 0, 0), {}, {}, gray(0, 0, 0))
        yield GuidedImages(gray(0), {}, {}, gray(8))

    evaluation = ColorEvaluation(writer, parts, lambda: np.zeros(2))
    evaluation.set_model(compiled(supervised=True))
    assert evaluation.measured_values()["color_error/translated"] == 2.0


def test_inputs_in_color_are_no_gray_baseline(writer):
    evaluation = ColorEvaluation(writer, _gray_parts, lambda: np.zeros(2))
    model = compiled(supervised=True)
    model.input_channels = 3
    evaluation.set_model(model)
    found = evaluation.measured_values()
    assert found["color_error/input"] == 10.0
    assert "color_error/gray" not in found
