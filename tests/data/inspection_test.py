import dataclasses

import pytest

from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import write_image
from tfragan.data.bad_items import BadItems
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.captioned_images import inspect_items
from tfragan.data.captioned_images import inspected
from tfragan.data.captioned_images import with_known_words
from tfragan.text.caption_tokenizer import CaptionTokenizer
from tfragan.text.vocabulary import Vocabulary


@pytest.fixture
def item(tmp_path):
    write_image(tmp_path / "good.jpg")
    return CaptionedImage(
        "good.jpg", str(tmp_path / "good.jpg"), ("a red bird", "a bird")
    )


def _renamed(item, key, **changes):
    path = item.path.replace("good.jpg", key)
    return dataclasses.replace(item, key=key, path=path, **changes)


def test_every_kind_of_bad_item_is_named(item, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(encoded(size=(99, 90))[:-200])
    (tmp_path / "page.jpg").write_bytes(b"<html>")
    (tmp_path / "gray.jpg").write_bytes(encoded(mode="L"))
    write_image(tmp_path / "box.jpg")
    items = [
        item,
        _renamed(item, "gone.jpg"),
        _renamed(item, "cut.jpg"),
        _renamed(item, "page.jpg"),
        _renamed(item, "gray.jpg"),
        _renamed(item, "box.jpg", box=(500, 3, 9, 9)),
        dataclasses.replace(item, key="blank", captions=(" ", "")),
        dataclasses.replace(item, key="bare", captions=()),
        dataclasses.replace(item, key="half", captions=("a bird", "\t")),
    ]
    good, report = inspect_items(items)
    assert [one.key for one in good] == ["good.jpg", "gray.jpg", "half"]
    assert good[2].captions == ("a bird",)
    assert report.skipped == {
        "missing image": ["gone.jpg"],
        "truncated JPEG": ["cut.jpg"],
        "undecodable image": ["page.jpg"],
        "bounding box outside the image": ["box.jpg"],
        "empty caption": ["blank"],
        "no caption": ["bare"],
    }
    assert report.remarked == {
        "gray image, read as RGB": ["gray.jpg"],
        "empty caption, beside others": ["half"],
    }


def test_decoding_finds_what_headers_do_not_show(item, tmp_path):
    data = bytearray(encoded("PNG", size=(200, 180)))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "hurt.png").write_bytes(data)
    items = [item, _renamed(item, "hurt.png")]
    assert not inspect_items(items)[1]
    report = inspect_items(items, images="decode")[1]
    assert report.skipped == {"undecodable PNG": ["hurt.png"]}


def test_boxes_that_reach_into_the_image_pass(item):
    # The image is 24 x 20; the crop reaches beyond the box.
    for box in ((0, 0, 2, 2), (23, 19, 4, 4), (-5, -5, 12, 12)):
        boxed = dataclasses.replace(item, box=box)
        assert inspect_items([boxed])[0] == [boxed], box
    for box in ((0, 0, 0, 0), (0, 0, 1, 1), (40, 0, 8, 8)):
        boxed = dataclasses.replace(item, box=box)
        assert inspect_items([boxed])[0] == [], box


def test_names_that_are_not_utf8_are_skipped(item):
    odd = _renamed(item, "caf\udce9.jpg")
    good, report = inspect_items([item, odd])
    assert good == [item]
    assert list(report.skipped) == ["file name that is not UTF-8"]


def test_unknown_image_check_is_refused(item):
    with pytest.raises(ValueError, match="images='fast'"):
        inspect_items([item], images="fast")


def test_refuse_raises_with_the_names(item):
    items = [item, _renamed(item, "gone.jpg")]
    with pytest.raises(ValueError, match=r"1 missing image \(gone\.jpg\)"):
        inspected(items, "toy", "train", on_bad_item="refuse")
    dataset = inspected(items, "toy", "train")
    assert len(dataset) == 1
    assert len(dataset.bad_items) == 1


def test_what_the_source_found_is_part_of_the_report(item):
    found = BadItems()
    found.skip("captions of no listed image", "x.txt")
    dataset = inspected([item], "toy", "train", bad_items=found)
    assert "1 captions of no listed image (x.txt)" in str(dataset.bad_items)


def test_a_data_set_of_bad_items_only_says_why_it_is_empty(item):
    with pytest.raises(ValueError, match="no usable image: 1 item skipped"):
        inspected([_renamed(item, "gone.jpg")], "toy", "train")


@pytest.fixture
def tokenizer():
    return CaptionTokenizer(Vocabulary(["<end>", "a", "bird", "red"]))


def test_captions_of_unknown_words_only_are_left_out(item, tokenizer):
    odd = dataclasses.replace(item, key="odd", captions=("ein Vogel", "日本"))
    half = dataclasses.replace(item, key="half", captions=("!!!", "a dog"))
    dataset = CaptionedImages([item, odd, half], "toy", "train")
    known = with_known_words(dataset, tokenizer)
    assert [one.key for one in known] == ["good.jpg", "half"]
    assert known[1].captions == ("a dog",)
    kind = "caption with only unknown words"
    assert known.bad_items.skipped == {kind: ["odd"]}
    assert known.bad_items.remarked == {f"{kind}, beside others": ["half"]}
    with pytest.raises(ValueError, match=r"only unknown words \(odd\)"):
        with_known_words(dataset, tokenizer, "refuse")


def test_a_data_set_of_known_words_stays_the_same_object(item, tokenizer):
    dataset = CaptionedImages([item], "toy", "train")
    assert with_known_words(dataset, tokenizer) is dataset
