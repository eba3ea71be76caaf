import pytest

from tests.cli.conftest import run_tfragan
from tfragan.cli.errors import UsageError
from tfragan.cli.families.mismatched_pairs import check_mismatches
from tfragan.cli.families.mismatched_pairs import describe_mask
from tfragan.data import CaptionedImage
from tfragan.data import CaptionedImages


def _data(captions=("red", "blue"), classes=(0, 1)):
    return CaptionedImages(
        [
            CaptionedImage(f"{place}.png", "", (caption,), class_id)
            for place, (caption, class_id) in enumerate(
                zip(captions, classes, strict=True)
            )
        ],
        "dots",
        "train",
    )


def test_images_of_several_classes_are_not_refused():
    assert check_mismatches(_data(), 2, masks_classes=True) is None
    same = _data(classes=(0, 0))
    assert check_mismatches(same, 2, masks_classes=False) is None


def test_a_training_in_which_no_pair_can_mismatch_is_refused():
    with pytest.raises(UsageError, match="batch_size has to be 2"):
        check_mismatches(_data(), 1)
    with pytest.raises(UsageError, match="the same caption, 'red'"):
        check_mismatches(_data(captions=("red", "red")), 2)
    with pytest.raises(UsageError, match="dots, train: .* of one class"):
        check_mismatches(_data(classes=(3, 3)), 2, masks_classes=True)


def test_the_share_of_masked_pairs_is_told():
    data = _data(("a", "b", "c"), (0, 0, 1))
    assert describe_mask(data, True)[0].startswith("33% of pairs")
    assert describe_mask(data, False) == describe_mask(_data(), True) == []


@pytest.mark.parametrize("config", ["damsm_avatars", "dfgan_emoji"])
def test_batches_of_one_are_refused_before_a_folder_is_made(
    tmp_path, capsys, config
):
    status = run_tfragan(
        "train",
        f"--config={config}:tiny",
        f"--workdir={tmp_path / 'run'}",
        "--config.batch_size=1",
    )
    assert status == 2
    assert "config.batch_size has to be 2" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
