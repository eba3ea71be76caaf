"""Numbers are compared where their protocols let them."""

import math

import pytest

from tests.reports.fake_runs import fake_run
from tests.reports.fake_runs import measured
from tfragan.reports.comparison import BEST
from tfragan.reports.comparison import NEAR
from tfragan.reports.comparison import compare_runs
from tfragan.reports.run_record import read_runs


def _compared(tmp_path, *columns):
    paths = [
        fake_run(tmp_path / name, measurements)
        for name, measurements in zip("abcd", columns, strict=False)
    ]
    return compare_runs(read_runs(paths))


def _standings(comparison):
    (row,) = comparison.rows
    return [cell.standing for cell in row.cells]


def _notes(comparison):
    (row,) = comparison.rows
    return [cell.note for cell in row.cells]


def test_the_best_is_the_lowest_or_the_highest(tmp_path):
    values = (3.0, 1.0, 2.0)
    low = _compared(tmp_path / "low", *([measured(one)] for one in values))
    assert _standings(low) == ["", BEST, ""]
    high = _compared(
        tmp_path / "high",
        *([measured(one, better="higher")] for one in values),
    )
    assert _standings(high) == [BEST, "", ""]
    neither = _compared(
        tmp_path / "neither",
        *([measured(one, better=None)] for one in values),
    )
    assert _standings(neither) == ["", "", ""]


def test_errors_that_hide_a_difference_are_seen(tmp_path):
    # The errors of two are 0.14 together.
    comparison = _compared(
        tmp_path,
        [measured(1.0)],
        [measured(1.13)],
        [measured(1.15)],
        [measured(1.01, error=None, error_kind=None)],
    )
    assert _standings(comparison) == [BEST, NEAR, "", ""]


def test_what_is_not_finite_is_never_best(tmp_path):
    comparison = _compared(
        tmp_path, [measured(math.nan)], [measured(1.0)], [measured(2.0)]
    )
    assert _standings(comparison) == ["", BEST, ""]


def test_equal_numbers_and_those_of_the_scale_have_no_best(tmp_path):
    equal = _compared(tmp_path / "equal", [measured()], [measured()])
    assert _standings(equal) == ["", ""]
    scale = _compared(
        tmp_path / "scale",
        [measured(1.0, of="untrained")],
        [measured(2.0, of="untrained")],
    )
    assert _standings(scale) == ["", ""]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("data", "flowers", "data is flowers, not birds"),
        ("split", "train", "split is train, not test"),
        ("images", 3000, "images is 3,000, not 50"),
        ("real_images", 7, "real_images is 7, not unknown"),
        ("features", "other", "features is other, not fake"),
        ("weights_sha256", "cd" * 32, "is cdcdcdcdcdcd, not abababababab"),
        ("resize", "bicubic", "resize is bicubic, not unknown"),
        ("image_size", 64, "image_size is 64, not unknown"),
        ("statistics", "2015", "statistics is 2015, not unknown"),
        ("split", None, "split is unknown, not test"),
    ],
)
def test_another_protocol_is_said_and_not_compared(
    tmp_path, key, value, reason
):
    comparison = _compared(
        tmp_path, [measured(1.0)], [measured(2.0, **{key: value})]
    )
    assert _notes(comparison) == [None, 1]
    assert _standings(comparison) == ["", ""]
    (note,) = comparison.notes
    assert note.startswith("b cannot be compared with a: ")
    assert note.endswith(f"{reason}.")


@pytest.mark.parametrize(
    "harmless",
    [
        {"seed": 3},
        {"preset": "best"},
        {"preset_sha256": "ef" * 32},
        {"tfragan": "2.0"},
        {"weights": "another/name.pth"},
    ],
)
def test_a_seed_or_a_preset_does_no_harm(tmp_path, harmless):
    comparison = _compared(
        tmp_path, [measured(1.0)], [measured(2.0, **harmless)]
    )
    assert _notes(comparison) == [None, None]
    assert _standings(comparison) == [BEST, ""]
    assert [key for key, _ in comparison.differing] == list(harmless)


def test_names_of_weights_count_where_their_hash_is_unknown(tmp_path):
    first = measured(1.0, weights_sha256=None)
    second = measured(2.0, weights_sha256=None, weights="another.pth")
    assert _notes(_compared(tmp_path, [first], [second])) == [None, 1]


def test_there_is_a_best_of_each_protocol(tmp_path):
    comparison = _compared(
        tmp_path,
        [measured(1.0)],
        [measured(5.0, images=9)],
        [measured(4.0, images=9)],
        [measured(3.0)],
    )
    assert _standings(comparison) == [BEST, "", BEST, ""]
    assert _notes(comparison) == [None, 1, 2, None]


def test_a_sentence_serves_all_rows_that_it_holds_for(tmp_path):
    columns = [
        [measured(images=count, of=of) for of in ("ab", "ba")]
        for count in (5, 6)
    ]
    comparison = _compared(tmp_path, *columns)
    assert len(comparison.notes) == 1
    assert [row.cells[1].note for row in comparison.rows] == [1, 1]


def test_a_number_of_an_earlier_step_says_so(tmp_path):
    comparison = _compared(tmp_path, [measured(step=10)], [measured(step=20)])
    (row,) = comparison.rows
    assert [cell.stale_step for cell in row.cells] == [10, None]


def test_protocols_are_parted_in_common_and_differing(tmp_path):
    comparison = _compared(
        tmp_path,
        [measured(preset="a/final"), measured(metric="m", features="mine")],
        [measured(preset="b/final"), measured(metric="m", features="mine")],
    )
    assert ("data", "birds") in comparison.common
    differing = dict(comparison.differing)
    assert dict(differing["features"]) == {
        "fake": ["distance_fake"],
        "mine": ["m"],
    }
    assert differing["preset"][1] == ("b/final", ["distance_fake, b"])
    assert comparison.errors == ["distance_fake, m: standard error"]
