import dataclasses

import pytest

from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import write_image
from tfragan.data import decodable_images
from tfragan.data.bad_items import BadItems
from tfragan.data.decodable_images import forget_decodable
from tfragan.data.decodable_images import keep_decodable
from tfragan.data.image_split import EncodedImage


@pytest.fixture
def items(tmp_path, own_cache):
    """Three PNG files, the second with a wrong byte in the middle."""
    items = [EncodedImage(name, str(tmp_path / name)) for name in "abc"]
    for item in items:
        write_image(tmp_path / item.key, "PNG", size=(60, 50))
    data = bytearray(encoded("PNG", size=(60, 50)))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "b").write_bytes(data)
    return items


@pytest.fixture
def looks(monkeypatch):
    """How many images were decoded, look by look."""
    looks = []
    damage = decodable_images._damage

    def counted(items):
        looks.append(len(items))
        return damage(items)

    monkeypatch.setattr(decodable_images, "_damage", counted)
    return looks


def kept(items):
    report = BadItems()
    return "".join(item.key for item in keep_decodable(items, report)), report


def test_damage_in_the_middle_is_named(items):
    names, report = kept(items)
    assert names == "ac"
    assert report.skipped == {"undecodable PNG": ["b"]}
    assert kept([])[0] == ""


def test_the_same_files_are_decoded_once(items, looks):
    first, again = kept(items), kept(items)
    assert looks == [3]
    assert first[0] == again[0] == "ac"
    assert first[1].skipped == again[1].skipped


def test_files_that_changed_are_decoded_again(items, looks, tmp_path):
    kept(items)
    write_image(tmp_path / "b", "PNG", size=(61, 50))
    assert kept(items)[0] == "abc"
    forget_decodable()
    assert kept(items)[0] == "abc"
    # Captions and labels are no matter of the image.
    kept([dataclasses.replace(item) for item in items])
    assert looks == [3, 3, 3]


def test_a_cache_that_cannot_be_written_ends_nothing(
    items, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kept(items)[0] == "ac"
