import pytest

from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages


def _items(count, classes=1):
    return [
        CaptionedImage(f"k{i}", f"/none/{i}.png", (f"a {i}", "b"), i % classes)
        for i in range(count)
    ]


def _dataset(count=20, classes=1):
    return CaptionedImages(_items(count, classes), "toy", "train")


def test_read_returns_the_file_or_its_byte_range(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    whole = CaptionedImage("k", str(path), ("c",))
    part = CaptionedImage("k", str(path), ("c",), byte_range=(3, 4))
    assert whole.read() == b"0123456789"
    assert part.read() == b"3456"


def test_a_repeated_key_is_refused_by_name():
    with pytest.raises(ValueError, match="holds the key 'k0' twice"):
        CaptionedImages(_items(1) * 2, "toy", "train")


def test_an_image_without_captions_is_refused_by_name():
    bare = CaptionedImage("bare", "/none.png", ())
    with pytest.raises(ValueError, match="'bare' of data set 'toy' has no"):
        CaptionedImages([bare], "toy", "train")


def test_an_empty_split_is_refused():
    with pytest.raises(ValueError, match="'toy', split 'train', holds no"):
        CaptionedImages([], "toy", "train")


def test_steps_per_epoch_counts_whole_batches():
    assert _dataset(20).steps_per_epoch(6) == 3
    for batch_size in (0, 21):
        with pytest.raises(ValueError, match=f"batch_size={batch_size}"):
            _dataset(20).steps_per_epoch(batch_size)


def test_steps_per_epoch_counts_captions_where_every_one_is_visited():
    items = [
        CaptionedImage(str(count), f"/{count}.png", ("a bird",) * count)
        for count in (3, 1, 4)
    ]
    dataset = CaptionedImages(items, "toy", "train")
    every = dataset.choose_captions("every")
    assert [every.steps_per_epoch(size) for size in (1, 3, 8)] == [8, 2, 1]
    assert every.select([0, 1]).steps_per_epoch(1) == 4
    with pytest.raises(ValueError, match="number of captions of 'toy', 8"):
        every.steps_per_epoch(9)
    # The other way it is the data set of before, which has not changed.
    assert every.choose_captions("random").steps_per_epoch(1) == 3
    assert dataset.steps_per_epoch(1) == 3
    assert every.fingerprint == dataset.fingerprint


def test_an_unknown_choice_of_captions_is_refused():
    with pytest.raises(ValueError, match="every.*captions='all'"):
        _dataset().choose_captions("all")


def test_selection_keeps_what_the_data_set_says_of_itself():
    dataset = CaptionedImages(
        _items(3), "toy", "test", ["x"], False, record_image_size=64
    )
    part = dataset.select([2, 0])
    assert [item.key for item in part] == ["k2", "k0"]
    assert part.record_image_ready
    assert not part.mirrored_fits
    assert (part.name, part.split, part.class_names) == ("toy", "test", ("x",))


def test_fingerprint_follows_content_but_not_place():
    items = _items(2)
    moved = [
        CaptionedImage(i.key, f"/else{i.path}", i.captions, i.class_id)
        for i in items
    ]
    first = CaptionedImages(items, "toy", "train").fingerprint
    assert CaptionedImages(moved, "toy", "train").fingerprint == first
    assert _dataset(3).fingerprint != first


def test_batches_mirror_only_where_that_fits(monkeypatch):
    from tfragan.data import image_batches

    seen = []
    monkeypatch.setattr(
        image_batches,
        "image_batches",
        lambda *args, **options: seen.append(options["flip"]),
    )
    dataset = _dataset()
    dataset.batches(4, None)
    dataset.mirrored_fits = False
    dataset.batches(4, None)
    dataset.batches(4, None, flip=True)
    assert seen == [True, False, True]
