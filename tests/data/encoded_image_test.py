from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.image_split import EncodedImage


def test_a_part_of_a_file_is_read(tmp_path):
    path = tmp_path / "shard"
    path.write_bytes(b"0123456789")
    assert EncodedImage("all", str(path)).read() == b"0123456789"
    part = EncodedImage("part", str(path), byte_range=(3, 4))
    assert part.read() == b"3456"


def test_a_captioned_image_stores_more_than_a_bare_one():
    assert EncodedImage("k", "/k.png").record_fields() == {}
    captioned = CaptionedImage("k", "/k.png", ("a bird",), 3, (1, 2, 3, 4))
    assert captioned.record_fields() == {"captions": ["a bird"], "class_id": 3}
