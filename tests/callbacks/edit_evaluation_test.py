import pytest

from tests.callbacks.fake_ragan import compiled
from tests.callbacks.fake_ragan import gray
from tests.callbacks.tiny_model import fit
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
