"""Every step is taken once, in whole epochs where possible."""

import pytest

from tfragan.cli.train import Segment
from tfragan.cli.train import plan


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (0, 20, [Segment(0, 0, 2, 10)]),
        (0, 25, [Segment(0, 0, 2, 10), Segment(20, 2, 3, 5)]),
        (
            13,
            45,
            [
                Segment(13, 1, 2, 7),
                Segment(20, 2, 4, 10),
                Segment(40, 4, 5, 5),
            ],
        ),
        (23, 25, [Segment(23, 2, 3, 2)]),
        (0, 4, [Segment(0, 0, 1, 4)]),
        (2, 4, [Segment(2, 0, 1, 2)]),
        (20, 20, []),
        (30, 20, []),
    ],
)
def test_segments(step, last, expected):
    assert plan(step, last, 10) == expected
