import io
import os

import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest

from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import picture
from tests.data.fake_layouts import write_text
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import inspect_items
from tfragan.data.image_folder import image_folder
from tfragan.data.image_inspection import UnshowableImageError
from tfragan.data.image_inspection import copies_folder
from tfragan.data.image_inspection import upright_copy
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import EncodedImage
from tfragan.data.unpaired_images import image_domain

pytestmark = pytest.mark.usefixtures("own_cache")


def _turned(value):
    exif = PIL.Image.Exif()
    exif[0x0112] = value
    return exif


def _ycck():
    """A JPEG of the kind that Adobe programs write for print."""
    data = encoded("JPEG", mode="CMYK", quality=95)
    # The last byte of the Adobe segment says how colors are transformed.
    place = data.index(b"Adobe") + 11
    return data[:place] + b"\x02" + data[place + 1 :]


PICTURES = {
    "gray JPEG": lambda: encoded("JPEG", mode="L"),
    "color JPEG": lambda: encoded("JPEG"),
    "progressive JPEG": lambda: encoded("JPEG", progressive=True),
    "CMYK JPEG": lambda: encoded("JPEG", mode="CMYK"),
    "YCCK JPEG": _ycck,
    "black and white PNG": lambda: encoded("PNG", mode="1"),
    "gray PNG": lambda: encoded("PNG", mode="L"),
    "16-bit PNG": lambda: encoded("PNG", mode="I;16"),
    "palette PNG": lambda: encoded("PNG", mode="P"),
    "clear palette PNG": lambda: encoded("PNG", mode="P", transparency=9),
    "clear PNG": lambda: encoded("PNG", mode="RGBA"),
    "clear gray PNG": lambda: encoded("PNG", mode="LA"),
    "interlaced PNG": lambda: encoded("PNG", frames=2),
    "palette GIF": lambda: encoded("GIF"),
    "clear GIF": lambda: encoded("GIF", mode="P", transparency=9),
    "moving GIF": lambda: encoded("GIF", frames=3),
    "BMP": lambda: encoded("BMP"),
    "gray BMP": lambda: encoded("BMP", mode="L"),
    "palette BMP": lambda: encoded("BMP", mode="P"),
    "black and white BMP": lambda: encoded("BMP", mode="1"),
    "clear BMP": lambda: encoded("BMP", mode="RGBA"),
    "WebP": lambda: encoded("WEBP", lossless=True),
    "lossy WebP": lambda: encoded("WEBP"),
    "clear WebP": lambda: encoded("WEBP", mode="RGBA"),
    "moving WebP": lambda: encoded("WEBP", frames=3),
    "TIFF": lambda: encoded("TIFF"),
    "packed TIFF": lambda: encoded("TIFF", compression="tiff_lzw"),
    "16-bit TIFF": lambda: encoded("TIFF", mode="I;16"),
    "CMYK TIFF": lambda: encoded("TIFF", mode="CMYK"),
    "clear TIFF": lambda: encoded("TIFF", mode="RGBA"),
    "PPM": lambda: encoded("PPM"),
    "PGM": lambda: encoded("PPM", mode="L"),
    "16-bit PGM": lambda: encoded("PPM", mode="I;16"),
    "PBM": lambda: encoded("PPM", mode="1"),
    "TGA": lambda: encoded("TGA"),
    "JPEG 2000": lambda: encoded("JPEG2000"),
    **{
        f"{format} turned {value}": lambda format=format, value=value: encoded(
            format, exif=_turned(value)
        )
        for format in ("JPEG", "PNG", "WEBP", "TIFF")
        for value in range(1, 9)
    },
}


def _as_seen(data):
    """The picture as Pillow shows it, on white."""
    image = PIL.Image.open(io.BytesIO(data))
    image = PIL.ImageOps.exif_transpose(image)
    levels = np.asarray(image)
    if image.mode.startswith("I"):
        return np.repeat(levels[..., None] // 256, 3, axis=-1)
    if not image.has_transparency_data:
        return np.asarray(image.convert("RGB"))
    levels = np.asarray(image.convert("RGBA")).astype(float)
    alpha = levels[..., 3:] / 255
    return levels[..., :3] * alpha + 255 * (1 - alpha)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_any_mode_are_seen_as_in_pillow(tmp_path, name):
    data = PICTURES[name]()
    (tmp_path / "picture").write_bytes(data)
    domain = image_domain(tmp_path / "picture", on_bad_item="refuse")
    actual = domain.image(0).astype(float)
    expected = _as_seen(data)
    assert actual.shape == expected.shape
    exact = "clear" not in name
    assert np.abs(actual - expected).max() <= (0 if exact else 1)


def test_turned_pictures_change_sides(tmp_path):
    path = tmp_path / "turned.jpg"
    path.write_bytes(encoded("JPEG", size=(24, 20), exif=_turned(6)))
    assert image_domain(path).image(0).shape == (24, 20, 3)


def test_sound_pictures_are_not_copied(tmp_path):
    path = tmp_path / "sound.jpg"
    path.write_bytes(encoded("JPEG"))
    item = EncodedImage("sound.jpg", str(path))
    assert upright_images([item])[0] == [item]
    assert not os.path.exists(copies_folder())


def test_how_many_images_are_copies_is_logged(tmp_path, caplog):
    (tmp_path / "a.jpg").write_bytes(encoded("JPEG"))
    (tmp_path / "b.tif").write_bytes(encoded("TIFF"))
    items = [
        EncodedImage(name, str(tmp_path / name)) for name in ("a.jpg", "b.tif")
    ]
    with caplog.at_level("INFO", "tfragan"):
        good, report = upright_images(items)
    assert "1 of 2 images are read from PNG copies" in caplog.text
    assert [item.key for item in good] == ["a.jpg", "b.tif"]
    assert not report


def test_a_copy_is_made_once_until_the_file_changes(tmp_path):
    path = tmp_path / "print.tif"
    path.write_bytes(encoded("TIFF"))
    first = upright_copy(path)
    written = os.stat(first).st_mtime_ns
    assert first.startswith(copies_folder())
    assert upright_copy(path) == first
    assert os.stat(first).st_mtime_ns == written
    path.write_bytes(encoded("TIFF", seed=1))
    os.utime(path, ns=(1, 1))
    second = upright_copy(path)
    assert second != first
    with PIL.Image.open(second) as copy:
        np.testing.assert_array_equal(copy, picture(seed=1))


@pytest.mark.parametrize(
    "level", [np.float32(0), np.int32(70000), np.int32(-1)]
)
def test_levels_of_unknown_range_are_bad_items(tmp_path, level):
    error = "levels of unknown range"
    levels = np.full((4, 4), level)
    path = tmp_path / "measured.tif"
    PIL.Image.fromarray(levels).save(path)
    with pytest.raises(UnshowableImageError, match=error):
        upright_copy(path)
    good, report = upright_images([EncodedImage("measured", str(path))])
    assert not good
    assert report.skipped == {error: ["measured"]}
    left = [name for _, _, names in os.walk(copies_folder()) for name in names]
    assert left == []


def test_a_cache_that_cannot_be_written_is_no_bad_image(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    path = tmp_path / "a.tif"
    path.write_bytes(encoded("TIFF"))
    with pytest.raises(ValueError, match="set XDG_CACHE_HOME"):
        upright_images([EncodedImage("a.tif", str(path))])


@pytest.mark.parametrize("value", range(1, 9))
def test_boxes_turn_with_the_picture(tmp_path, value):
    # A white box on black, stored so that it has to be turned.
    pixels = np.zeros((40, 60, 3), np.uint8)
    x, y, width, height = box = (8, 16, 16, 8)
    pixels[y : y + height, x : x + width] = 255
    path = tmp_path / "a.png"
    PIL.Image.fromarray(pixels).save(path, exif=_turned(value))
    item = CaptionedImage("a", str(path), ("a box",), box=box)
    (shown,), _ = inspect_items([item])
    with PIL.Image.open(shown.path) as image:
        found = np.argwhere(np.asarray(image)[..., 0] > 127)
    assert image.size == ((60, 40) if value < 5 else (40, 60))
    top, left = found.min(0)
    rows, columns = found.max(0) - found.min(0) + 1
    assert shown.box == (left, top, columns, rows)


def test_captioned_photos_are_seen_upright_in_batches(tmp_path):
    for value in (1, 6):
        image = picture((32, 64) if value == 1 else (64, 32))
        image.save(tmp_path / f"{value}.jpg", exif=_turned(value))
        write_text(tmp_path / f"{value}.txt", f"turned {value}")
    dataset = image_folder(tmp_path, "all")
    shapes = {
        item.key: tuple(PIL.Image.open(item.path).size) for item in dataset
    }
    assert shapes == {"1.jpg": (32, 64), "6.jpg": (32, 64)}


@pytest.mark.parametrize("name", ["palette BMP", "16-bit TIFF", "moving GIF"])
def test_captioned_pictures_of_every_format_are_read(tmp_path, name):
    data = PICTURES[name]()
    end = {"BMP": "bmp", "IFF": "tif", "GIF": "gif"}[name[-3:]]
    (tmp_path / f"a.{end}").write_bytes(data)
    write_text(tmp_path / "a.txt", "a picture")
    assert [item.key for item in image_folder(tmp_path, "all")] == [f"a.{end}"]
