"""Pictures carry their bytes, few of them."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tfragan.reports.embedded_picture import embedded_picture

_NOISE = np.random.default_rng(0).integers(0, 256, (30, 60, 3), np.uint8)


def _decoded(tag):
    match = re.search(r'src="data:image/(\w+);base64,([^"]+)"', tag)
    image = Image.open(io.BytesIO(base64.b64decode(match[2])))
    assert image.format.lower() == match[1]
    return image


def test_a_picture_is_a_jpeg_or_a_smaller_png():
    assert _decoded(embedded_picture(_NOISE, "", 60)).format == "JPEG"
    flat = embedded_picture(np.full((30, 60, 3), 7, np.uint8), "", 60)
    assert _decoded(flat).format == "PNG"
    assert np.unique(np.asarray(_decoded(flat))).tolist() == [7]


def test_a_wide_picture_is_shrunk_and_says_its_size():
    tag = embedded_picture(_NOISE, "", 20)
    assert _decoded(tag).size == (20, 10)
    assert 'width="20" height="10"' in tag
    tall = _NOISE.transpose(1, 0, 2)
    assert _decoded(embedded_picture(tall, "", 40)).size == (30, 60)


def test_files_of_any_mode_are_read(tmp_path):
    path = tmp_path / "gray.png"
    Image.fromarray(_NOISE[..., 0]).save(path)
    assert _decoded(embedded_picture(path, "", 60)).mode == "RGB"


def test_words_are_escaped():
    assert 'alt="&quot;a&quot; &lt;b&gt;"' in embedded_picture(
        _NOISE, '"a" <b>', 60
    )


def test_what_is_no_picture_is_an_error(tmp_path):
    path = tmp_path / "cut.png"
    path.write_bytes(b"\x89PNG")
    with pytest.raises(OSError, match=r"cut\.png"):
        embedded_picture(path, "", 60)
