"""Sizes are read from headers, and a header that hides is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from tfragan.local_server.errors import RequestError
from tfragan.local_server.image_header import image_size
from tfragan.local_server.limits import check_limits
from tfragan.local_server.options import Options
from tfragan.local_server.signatures import Signature
from tfragan.local_server.signatures import TensorSpec


def image_file(form, size=(30, 20), **options):
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        image_file("PNG"),
        image_file("JPEG"),
        image_file("JPEG", progressive=True),
        image_file("JPEG", exif=b"Exif\x00\x00" + b"\xff\xc0" * 2000),
        b"\xff\xd8\xff\xff\xff" + image_file("JPEG")[3:],
        b"\xff\xd8\xff\x01junk" + image_file("JPEG")[2:],
    ],
)
def test_the_size_is_read(file):
    assert image_size(file) == (30, 20)


@pytest.mark.parametrize(
    "file", [b"", b"abc", image_file("GIF"), image_file("BMP")]
)
def test_other_files_have_no_size(file):
    assert image_size(file) is None


@pytest.mark.parametrize(
    "file",
    [
        image_file("PNG")[:20],
        image_file("PNG").replace(b"IHDR", b"IDAT"),
        image_file("JPEG")[:100],
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xda\x00\x08" + image_file("JPEG"),
        b"\xff\xd8\xff\xe0\xff\xff",
    ],
)
def test_a_file_that_does_not_tell_is_broken(file):
    with pytest.raises(ValueError, match="without its header"):
        image_size(file)


def _check(name, value, **limits):
    spec = TensorSpec("string", (None,))
    array = np.empty(1, object)
    array[0] = value
    signature = Signature("s", {name: spec}, {})
    check_limits({name: array}, signature, Options({}, **limits))


def test_a_bomb_is_refused_before_it_is_decoded():
    bomb = bytearray(image_file("PNG"))
    bomb[16:24] = (60000).to_bytes(4) + (60000).to_bytes(4)

    with pytest.raises(RequestError, match="received 60000 x 60000"):
        _check("image_bytes", bytes(bomb))
    with pytest.raises(RequestError, match="PNG file without its header"):
        _check("image_bytes", bytes(bomb[:20]))
    _check("image_bytes", image_file("PNG"), max_image_side=30)
    with pytest.raises(RequestError, match="at most 29 x 29"):
        _check("image_bytes", image_file("PNG"), max_image_side=29)


def test_only_text_has_a_length():
    with pytest.raises(RequestError, match="at most 4 bytes, received .* 5"):
        _check("caption", b"birds", max_text=4)
    _check("caption", b"bird", max_text=4)
    _check("other_bytes", b"birds", max_text=4)
