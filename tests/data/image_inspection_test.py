from tests.data.fake_layouts import encoded
from tests.data.fake_layouts import write_image
from tfragan.data.bad_items import BadItems
from tfragan.data.image_inspection import header_of
from tfragan.data.image_inspection import keep_usable
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import EncodedImage


def _items(count):
    return [EncodedImage(str(k), f"/{k}.png") for k in range(count)]


def test_usable_items_keep_their_order_and_the_rest_is_reported():
    def examine(item):
        number = int(item.key)
        error = "odd number" if number % 2 else None
        return item, error, "large" if number > 30 else None

    report = BadItems()
    good = keep_usable(_items(40), examine, report)
    assert [int(item.key) for item in good] == list(range(0, 40, 2))
    assert report.skipped == {"odd number": [str(k) for k in range(1, 40, 2)]}
    assert report.remarked == {"large": ["32", "34", "36", "38"]}


def test_an_odd_file_name_is_an_error():
    item = EncodedImage("caf\udce9", "/caf\udce9.jpg")
    assert header_of(item).error == "file name that is not UTF-8"


def test_how_many_images_are_copies_is_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_image(tmp_path / "a.jpg")
    (tmp_path / "b.tif").write_bytes(encoded("TIFF"))
    items = [
        EncodedImage(name, str(tmp_path / name)) for name in ("a.jpg", "b.tif")
    ]
    with caplog.at_level("INFO", "tfragan"):
        good, report = upright_images(items)
    assert "1 of 2 images are read from PNG copies" in caplog.text
    assert [item.key for item in good] == ["a.jpg", "b.tif"]
    assert good[0] == items[0]
    assert good[1].path.startswith(str(tmp_path / "cache"))
    assert not report
