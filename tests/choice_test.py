import pytest

from tfragan.choice import check_choice


def test_another_value_is_told_with_what_there_is():
    check_choice("edge", "zeros", {"zeros": 0, "reflection": 1})
    with pytest.raises(
        ValueError,
        match=r"^edge must be one of zeros, reflection\. Received: edge='wrap'",
    ):
        check_choice("edge", "wrap", {"zeros": 0, "reflection": 1})
