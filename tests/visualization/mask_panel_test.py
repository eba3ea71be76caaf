import numpy as np
import pytest

from tfragan.visualization import mask_figure
from tfragan.visualization import mask_levels
from tfragan.visualization import shade_image
from tfragan.visualization.text_label import label_height

_ROW = label_height(15) + 3 + label_height(13) + 96 + 3


def _images(count=1, size=32):
    return np.full((count, size, size, 3), 200, np.uint8)


def _masks(count=1, sizes=(4, 8, 32)):
    """The upper half is 1, the lower half 0.25."""
    masks = []
    for size in sizes:
        mask = np.full((count, size, size, 1), 0.25, np.float32)
        mask[:, : size // 2] = 1.0
        masks.append(mask)
    return masks


def _cell(figure, number, row=0):
    """Picture part of a cell, its label cut off."""
    top = row * _ROW + label_height(15) + 3 + label_height(13)
    left = 3 + number * 99
    return figure[top : top + 96, left : left + 96]


def test_image_then_every_mask_then_the_image_under_the_last():
    figure = mask_figure(_images(), _masks(), ["a red bird"])
    assert figure.shape == (_ROW, 5 * 99 + 3, 3)
    assert (_cell(figure, 0) == 200).all()
    for number in (1, 2, 3):
        assert (_cell(figure, number)[:48] == 255).all()
        assert (_cell(figure, number)[48:] == 64).all()
    assert (_cell(figure, 4)[:48] == 200).all()
    assert (_cell(figure, 4)[48:] == 50).all()


def test_masks_are_enlarged_without_blur():
    mask = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1) / 15
    cell = _cell(mask_figure(_images(), [mask], [""]), 1)
    blocks = cell[..., 0].reshape(4, 24, 4, 24)
    assert (blocks == blocks[:, :1, :, :1]).all()
    np.testing.assert_array_equal(blocks[:, 0, :, 0], mask_levels(mask[0]))


def test_each_caption_has_a_row_of_its_own_pictures():
    images, masks = _images(2), _masks(2)
    images[1] = 90
    masks[0][1] = 0.0
    figure = mask_figure(images, masks, ["a red bird", "a blue bird"])
    assert len(figure) == 2 * _ROW
    assert (_cell(figure, 0, row=1) == 90).all()
    assert (_cell(figure, 1, row=1) == 0).all()
    assert (figure[: label_height(15)] < 100).any()
    assert (figure[_ROW : _ROW + label_height(15)] < 100).any()


@pytest.mark.parametrize(
    ("size", "wish", "cell"), [(64, None, 128), (256, None, 256), (64, 40, 40)]
)
def test_cells_are_whole_multiples_of_the_image_or_as_wished(size, wish, cell):
    figure = mask_figure(_images(size=size), _masks(), ["a"], wish)
    assert figure.shape[1] == 5 * (cell + 3) + 3


def test_levels_are_those_of_the_mask_and_not_stretched():
    mask = np.array([[0.0, 0.5], [0.25, 1.0]])[..., np.newaxis]
    assert mask_levels(mask).tolist() == [[0, 128], [64, 255]]
    assert mask_levels([[np.nan, 2.0, -1.0]]).tolist() == [[0, 255, 0]]


def test_a_small_mask_shades_a_large_image():
    shaded = shade_image(_images()[0], np.array([[1.0, 0.0]]))
    assert (shaded[:, :16] == 200).all()
    assert (shaded[:, 16:] == 0).all()


def test_other_shapes_and_numbers_are_named():
    with pytest.raises(ValueError, match=r"mask.shape=\(2, 2, 3\)"):
        mask_levels(np.zeros((2, 2, 3)))
    with pytest.raises(ValueError, match=r"1 images, 2 captions, \[1, 1, 1\]"):
        mask_figure(_images(), _masks(), ["a", "b"])
    with pytest.raises(ValueError, match=r"1 captions, \[\] masks"):
        mask_figure(_images(), [], ["a"])
