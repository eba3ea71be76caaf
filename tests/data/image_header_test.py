import os

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from tests.data.fake_layouts import encoded
from tfragan.data.image_inspection import decoding_error
from tfragan.data.image_inspection import read_image_header


def _header(tmp_path, data):
    path = tmp_path / "image"
    path.write_bytes(data)
    return read_image_header(path)


def _png16():
    levels = np.arange(24 * 20 * 3, dtype=np.uint16).reshape(20, 24, 3) * 40
    return tf.io.encode_png(levels).numpy()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
def test_whole_color_images_pass_without_a_word(tmp_path, format):
    header = _header(tmp_path, encoded(format))
    assert header.size == (24, 20)
    assert header.error is None
    assert header.remark is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "BMP"])
@pytest.mark.parametrize("share", [0.6, 0.97])
def test_truncated_images_are_errors(tmp_path, format, share):
    data = encoded(format, size=(200, 180), quality=95)
    header = _header(tmp_path, data[: int(len(data) * share)])
    assert header.error == f"truncated {format}"


def test_a_jpeg_may_go_on_after_its_end(tmp_path):
    assert _header(tmp_path, encoded() + b"\0" * 100).error is None


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "empty file"),
        (b"<html>not found</html>", "undecodable image"),
        (b"\xff\xd8\xff\xe0garbage", "undecodable image"),
    ],
)
def test_files_that_are_no_images_are_errors(tmp_path, data, error):
    assert _header(tmp_path, data).error == error


def test_formats_that_tensorflow_cannot_read_are_errors(tmp_path):
    error = _header(tmp_path, encoded("TIFF")).error
    assert error == "TIFF image, which cannot be decoded"
    palette = _header(tmp_path, encoded("BMP", mode="P"))
    assert palette.error == "palette BMP, which cannot be decoded"


@pytest.mark.parametrize(
    ("data", "remark"),
    [
        (encoded("JPEG", mode="L"), "gray image, read as RGB"),
        (encoded("PNG", mode="1"), "gray image, read as RGB"),
        (encoded("JPEG", mode="CMYK"), "CMYK image, read as RGB"),
        (_png16(), "16-bit image, read as 8-bit"),
        (encoded("PNG", mode="I;16"), "16-bit image, read as 8-bit"),
        (encoded("PNG", mode="P"), None),
        (encoded("PNG", mode="RGBA"), None),
    ],
)
def test_convertible_images_are_remarked_and_do_decode(tmp_path, data, remark):
    header = _header(tmp_path, data)
    assert header.error is None
    assert header.remark == remark
    assert decoding_error(data) is None


def test_an_image_inside_a_larger_file_is_looked_at(tmp_path):
    data = encoded("PNG")
    path = tmp_path / "shard"
    path.write_bytes(b"before" + data + b"after")
    assert read_image_header(path, (6, len(data))).size == (24, 20)
    assert read_image_header(path, (6, 50)).error == "truncated PNG"


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "I;16"])
def test_png_of_any_mode_is_shown_as_it_is(tmp_path, mode):
    assert not _header(tmp_path, encoded("PNG", mode=mode)).shown_otherwise


@pytest.mark.parametrize(
    ("format", "mode"),
    [
        ("JPEG", "CMYK"),
        ("BMP", "P"),
        ("GIF", "RGB"),
        ("PPM", "L"),
        ("TIFF", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_what_tensorflow_shows_otherwise_is_marked(tmp_path, format, mode):
    assert _header(tmp_path, encoded(format, mode=mode)).shown_otherwise


def test_transparent_and_moving_webp_are_errors_without_a_copy(tmp_path):
    clear = encoded("WEBP", mode="RGBA")
    moving = encoded("WEBP", frames=3)
    for data, kind in ((clear, "transparent"), (moving, "animated")):
        header = _header(tmp_path, data)
        assert header.error == f"{kind} WEBP, which cannot be decoded"
        assert header.shown_otherwise


def _with_exif(format, value):
    exif = PIL.Image.Exif()
    exif[0x0112] = value
    return encoded(format, exif=exif)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_turned_images_are_marked(tmp_path, format):
    for value in range(1, 9):
        header = _header(tmp_path, _with_exif(format, value))
        assert header.error is None
        assert header.shown_otherwise == (value > 1), value
    for value in (0, 9):
        header = _header(tmp_path, _with_exif(format, value))
        assert not header.shown_otherwise


def test_damaged_exif_data_do_no_harm(tmp_path):
    data = encoded("JPEG", exif=b"Exif\x00\x00MM\x00garbage" + b"\xff" * 40)
    header = _header(tmp_path, data)
    assert header.error is None
    assert not header.shown_otherwise


def test_only_regular_files_are_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path, why in (
        (tmp_path / "pipe.png", "No regular file"),
        (tmp_path, "Is a directory"),
    ):
        assert read_image_header(path).error == f"unreadable file, {why}"
