import pytest

from tfragan.data.folder_classes import masked_share
from tfragan.data.folder_classes import tell_classes


@pytest.mark.parametrize(
    "folders",
    [["cats", "dogs"], ["1", "2"], ["class_00001", "class_00002"]],
)
def test_several_folders_tell_classes(folders):
    assert tell_classes([*folders, None])


@pytest.mark.parametrize(
    "folders",
    [
        [],
        [None, None],
        ["images"] * 3,
        ["images", None],
        ["00000", "00001"],
        ["x/part-1", "x/part-2"],
        ["most"] * 99 + ["few"],
    ],
)
def test_one_folder_or_numbered_parts_tell_none(folders):
    assert not tell_classes(folders)


def test_parts_of_different_classes_tell_them():
    assert tell_classes(["cats/part1", "dogs/part1"])


def test_the_share_of_masked_pairs_is_of_all_pairs():
    assert masked_share([0, 1, 2]) == 0
    assert masked_share([0, 0, 1]) == pytest.approx(1 / 3)
    assert masked_share([0, 0]) == masked_share([0]) == 1
