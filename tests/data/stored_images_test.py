import numpy as np
import pytest

from tests.data.fake_layouts import write_image
from tfragan.data import image_augmentation
from tfragan.data.image_split import EncodedImage
from tfragan.data.record_shards import StoredSquares


def _item(tmp_path, format, size):
    path = tmp_path / "image"
    write_image(path, format, size=size)
    return EncodedImage("image", str(path))


@pytest.mark.parametrize("size", [(20, 20), (20, 3), (4, 20), (10, 10)])
def test_images_up_to_twice_the_square_keep_their_bytes(tmp_path, size):
    item = _item(tmp_path, "WEBP", size)
    assert StoredSquares(10).encode(item) == item.read()


@pytest.mark.parametrize("size", [(21, 20), (20, 21), (21, 3), (90, 80)])
def test_larger_ones_become_the_square_of_training(tmp_path, size):
    item = _item(tmp_path, "PNG", size)
    stored = image_augmentation.decode_image(StoredSquares(10).encode(item))
    expected = image_augmentation.decode_square(item.read(), 10)
    np.testing.assert_array_equal(stored, expected)


@pytest.mark.parametrize(
    ("source", "image_format", "beginning"),
    [
        ("JPEG", "auto", b"\xff\xd8"),
        ("PNG", "auto", b"\x89PNG"),
        ("WEBP", "auto", b"\x89PNG"),
        ("PNG", "jpeg", b"\xff\xd8"),
        ("JPEG", "png", b"\x89PNG"),
    ],
)
def test_what_is_changed_is_stored_in_the_format_asked_for(
    tmp_path, source, image_format, beginning
):
    item = _item(tmp_path, source, (40, 30))
    stored = StoredSquares(10, image_format).encode(item)
    assert stored.startswith(beginning)
