import itertools

import numpy as np
import PIL.Image
import pytest

from tests.data.fake_layouts import unpaired_layout
from tests.data.fake_layouts import write_image
from tfragan.data import prepare
from tfragan.data import prepare_unpaired
from tfragan.data import records
from tfragan.data import unpaired_images
from tfragan.data import unpaired_splits
from tfragan.data.emoji import emoji

pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def folder(tmp_path):
    """Images on either side of twice the size 10 that is prepared for."""
    folder = unpaired_layout(tmp_path / "source", trainA=1, trainB=1, testA=1)
    write_image(folder / "trainA/large.jpg", size=(70, 50), seed=7)
    write_image(folder / "trainA/large.png", "PNG", size=(29, 25), seed=8)
    write_image(folder / "trainA/print.tif", "TIFF", size=(31, 29), seed=9)
    write_image(folder / "trainB/b/wide.png", "PNG", size=(90, 9), seed=10)
    write_image(folder / "trainB/edge.png", "PNG", size=(28, 28), seed=12)
    write_image(folder / "testB/large.png", "PNG", size=(40, 30), seed=11)
    return folder


@pytest.fixture
def splits(folder):
    return [unpaired_images(folder, split) for split in ("train", "test")]


def _prepare(splits, folder, **options):
    return prepare_unpaired(
        splits, folder, **{"image_size": 10, "enlarge": 4, **options}
    )


def _sides(domain):
    return [domain.image(index).shape[:2] for index in range(len(domain))]


def test_training_batches_are_those_of_the_folder(splits, tmp_path):
    _prepare(splits, tmp_path / "out", image_format="png")
    prepared = unpaired_images(tmp_path / "out")
    assert (prepared.name, prepared.split) == ("source", "train")
    assert prepared.fingerprint == splits[0].fingerprint
    batches = [
        dataset.batches(3, image_size=10, seed=1, enlarge=4)
        for dataset in (splits[0], prepared)
    ]
    for first, second in itertools.islice(
        zip(*(b.as_numpy_iterator() for b in batches), strict=True), 4
    ):
        for name in ("images_a", "images_b"):
            np.testing.assert_array_equal(first[name], second[name])


def test_test_images_are_those_of_the_folder(splits, tmp_path):
    _prepare(splits, tmp_path / "out", image_format="png")
    prepared = unpaired_images(tmp_path / "out", "test")
    for name in ("domain_a", "domain_b"):
        first, second = getattr(splits[1], name), getattr(prepared, name)
        assert first.keys == second.keys
        indices = range(len(first))
        np.testing.assert_array_equal(
            first.images(indices, 10), second.images(indices, 10)
        )


def test_only_images_more_than_twice_as_large_are_changed(splits, tmp_path):
    _prepare(splits, tmp_path / "out")
    train = unpaired_images(tmp_path / "out")
    # In the order 0.jpg, large.jpg, large.png, print.tif.
    square = (14, 14)
    assert _sides(train.domain_a) == [(20, 24), square, square, square]
    assert _sides(train.domain_b) == [(20, 24), square, (28, 28)]
    test = unpaired_images(tmp_path / "out", "test")
    assert _sides(test.domain_b) == [(10, 10)] * 3
    for original, stored in zip(
        splits[0].domain_a.items[:1], train.domain_a.items[:1], strict=True
    ):
        assert original.read() == stored.read()
    formats = [item.read()[:4] for item in train.domain_a.items]
    assert [data[:2] == b"\xff\xd8" for data in formats] == [True, True] + [
        False,
        False,
    ]


def test_jpeg_of_shrunk_photos_stays_close(splits, tmp_path):
    _prepare(splits, tmp_path / "out")
    stored = unpaired_images(tmp_path / "out").domain_a.image(1)
    exact = splits[0].domain_a.images([1], 14)[0]
    assert 0 < np.abs(stored.astype(int) - exact).mean() < 3


def test_the_manifest_says_what_is_there(splits, tmp_path):
    manifest = _prepare(splits, tmp_path / "out", shard_size=3)
    assert manifest["kind"] == "unpaired"
    assert {
        place: (content["images"], content["stored_size"])
        for place, content in manifest["splits"].items()
    } == {
        "trainA": (4, 14),
        "trainB": (3, 14),
        "testA": (1, 10),
        "testB": (3, 10),
    }
    assert len(manifest["splits"]["trainA"]["shards"]) == 2
    assert unpaired_splits(tmp_path / "out") == ["train", "test"]
    assert _prepare(splits, tmp_path / "out", shard_size=3) == manifest


def test_sizes_beyond_the_prepared_are_refused(splits, tmp_path):
    _prepare(splits, tmp_path / "out")
    train = unpaired_images(tmp_path / "out")
    train.batches(1, image_size=12, enlarge=2)
    with pytest.raises(ValueError, match="'trainA' .* too few for 15"):
        train.batches(1, image_size=12, enlarge=3)
    with pytest.raises(ValueError, match="too few for 17"):
        _prepare(train, tmp_path / "more", image_size=13)
    _prepare(train, tmp_path / "less", image_size=6)


def test_one_split_is_enough(splits, tmp_path):
    _prepare(splits[0], tmp_path / "out")
    assert unpaired_splits(tmp_path / "out") == ["train"]
    with pytest.raises(ValueError, match="the splits trainA, trainB"):
        unpaired_images(tmp_path / "out", "test")


def test_interrupted_it_continues(splits, tmp_path):
    def interrupt(done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _prepare(splits, tmp_path / "out", shard_size=2, progress=interrupt)
    with pytest.raises(ValueError, match="enlarge=4, now enlarge=0"):
        _prepare(splits, tmp_path / "out", shard_size=2, enlarge=0)
    before = sorted(p.name for p in (tmp_path / "out").glob("*.tfrecord"))
    assert before == [f"trainA-0000{k}-of-00002.tfrecord" for k in range(2)]
    _prepare(splits, tmp_path / "out", shard_size=2)
    _prepare(splits, tmp_path / "whole", shard_size=2)
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


def test_kinds_of_prepared_data_are_told_apart(splits, tmp_path):
    _prepare(splits, tmp_path / "pairless")
    with pytest.raises(ValueError, match="which unpaired_images opens"):
        records(tmp_path / "pairless")
    captioned = emoji("test").select(range(4))
    prepare(captioned, tmp_path / "captioned", image_size=16)
    with pytest.raises(ValueError, match="which open_dataset opens"):
        unpaired_images(tmp_path / "captioned")
    with pytest.raises(ValueError, match="which open_dataset opens"):
        _prepare(splits, tmp_path / "captioned")


def test_damage_that_opening_does_not_see_is_left_out(folder, tmp_path):
    path = folder / "trainB/hurt.png"
    write_image(path, "PNG", size=(200, 180))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    dataset = unpaired_images(folder)
    with pytest.raises(ValueError, match=r"trainB, is refused .*hurt\.png"):
        _prepare(dataset, tmp_path / "a", on_bad_item="refuse")
    manifest = _prepare(dataset, tmp_path / "b")
    assert manifest["splits"]["trainB"]["skipped"] == {
        "undecodable PNG": ["hurt.png"]
    }
    assert len(unpaired_images(tmp_path / "b").domain_b) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 0, "enlarge": 0}, "image_size=0"),
        ({"enlarge": -1}, "enlarge=-1"),
        ({"shard_size": 0}, "shard_size=0"),
    ],
)
def test_arguments_out_of_range_are_refused(splits, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        _prepare(splits, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_turned_photos_are_stored_upright(tmp_path):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    folder = unpaired_layout(tmp_path / "source")
    write_image(folder / "trainA/0.jpg", size=(24, 20), exif=exif)
    _prepare(unpaired_images(folder), tmp_path / "out")
    assert unpaired_images(tmp_path / "out").domain_a.image(0).shape[0] == 24
