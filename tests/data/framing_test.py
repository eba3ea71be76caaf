import fractions

import pytest

from tfragan.data.framing import FRAMINGS
from tfragan.data.framing import Framing
from tfragan.data.framing import framing_of


def test_published_margins_are_kept():
    sides = {
        name: [framing.short_side(size) for size in (64, 256)]
        for name, framing in FRAMINGS.items()
    }
    assert sides == {"attngan": [76, 304], "ragan": [71, 286]}


@pytest.mark.parametrize(("name", "share"), [("attngan", 0.75), ("ragan", 0.9)])
def test_published_reach_around_boxes_is_kept(name, share):
    reach = framing_of(name).box_reach
    for side in range(1, 400):
        assert int(side * reach) == int(share * side)


def test_a_framing_of_ones_own_is_taken_as_it_is():
    framing = Framing(margin=fractions.Fraction(1), resize_method="lanczos3")
    assert framing_of(framing) is framing
    assert framing_of("attngan") == Framing()


@pytest.mark.parametrize(
    "arguments",
    [
        {"box_reach": fractions.Fraction(0)},
        {"margin": fractions.Fraction(1, 2)},
        {"resize_method": "cubic"},
    ],
)
def test_values_out_of_range_are_refused(arguments):
    ((name, value),) = arguments.items()
    with pytest.raises(ValueError, match=f"{name}="):
        Framing(**{name: value})


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="framing='damsm'"):
        framing_of("damsm")
