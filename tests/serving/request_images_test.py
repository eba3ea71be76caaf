"""Whatever an image is given as, a JPEG or PNG file is sent."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.serving.fake_server import png
from tfragan.serving.request_images import image_file
from tfragan.serving.request_images import image_files
from tfragan.serving.request_images import picture

_RED = (255, 0, 0)


def _pixels(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_files_that_servers_read_stay_as_they_are(tmp_path, form):
    file = png((3, 2), _RED, format=form)
    path = tmp_path / "photo"
    path.write_bytes(file)

    assert image_file(file) == file
    assert image_file(path) == file
    assert image_file(str(path)) == file
    assert image_file(bytearray(file)) == file


def test_other_files_become_png():
    file = image_file(png((3, 2), _RED, format="BMP"))

    assert file.startswith(b"\x89PNG")
    assert (_pixels(file) == _RED).all()


def test_pixels_and_pictures_become_png():
    pixels = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)

    for image in (pixels, Image.fromarray(pixels), pixels[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(_pixels(image_file(image)), pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "HSV"])
def test_pictures_of_every_mode_can_be_sent(mode):
    file = image_file(Image.new("RGB", (3, 2), _RED).convert(mode))

    assert file.startswith(b"\x89PNG")
    assert _pixels(file).shape == (2, 3, 3)


def test_photos_are_turned_as_the_camera_noted():
    photo = Image.new("RGB", (3, 2), _RED)
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = io.BytesIO()
    photo.save(stream, "JPEG", exif=exif)

    assert _pixels(image_file(stream.getvalue())).shape == (3, 2, 3)


def test_one_image_several_and_a_batch_become_a_list():
    file = png((3, 2), _RED)
    batch = np.zeros((4, 2, 3, 3), np.uint8)

    assert image_files(file) == [file]
    assert image_files([file, file]) == [file, file]
    assert len(image_files(batch)) == 4
    assert image_files([]) == []


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 3), np.float32),
        np.zeros((2, 3), np.uint8),
        np.zeros((2, 3, 4), np.uint8),
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ValueError, match="expected a uint8 array"):
        image_file(array)


def test_files_that_are_no_images_are_refused_by_name(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"no image")

    with pytest.raises(ValueError, match="notes.txt: expected an image file"):
        image_file(path)
    with pytest.raises(ValueError, match="expected an image file"):
        picture(b"")
    with pytest.raises(FileNotFoundError):
        image_file(tmp_path / "none.png")
    with pytest.raises(TypeError, match="received int"):
        image_file(3)
