import importlib
import io
import json
import os
import shutil

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

from tests.data.fake_layouts import cub_layout
from tests.data.fake_layouts import encoded
from tfragan.data import image_augmentation
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.image_inspection import decoding_error
from tfragan.data.prepare_images import prepare
from tfragan.data.published_layouts import cub
from tfragan.data.records import prepared_vocabulary
from tfragan.data.records import records
from tfragan.text.vocabulary import Vocabulary

record_shards = importlib.import_module("tfragan.data.record_shards")


@pytest.fixture
def toy(tmp_path):
    """Seven pictures of several formats, sizes and captions."""
    items = []
    for number, (format, size) in enumerate(
        [
            ("JPEG", (60, 40)),
            ("PNG", (50, 70)),
            ("PNG", (9, 9)),
            ("JPEG", (12, 14)),
            ("WEBP", (40, 40)),
            ("JPEG", (33, 30)),
            ("PNG", (30, 31)),
        ]
    ):
        path = tmp_path / "source" / f"{number}.img"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(format, size, seed=number))
        captions = (f"picture {number}", "wörter \u2028 and more")
        box = (5, 4, 16, 12) if number == 5 else None
        items.append(
            CaptionedImage(f"k/{number}", str(path), captions, number % 3, box)
        )
    return CaptionedImages(items, "toy", "train", ["a", "b", "c"], False)


def _pixels(data):
    return np.asarray(image_augmentation.decode_image(data), int)


def _tree(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_records_give_back_all_but_the_pixels_exactly(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16, shard_size=3)
    dataset = records(tmp_path / "out", verify=True)
    for prepared, item in zip(dataset, toy, strict=True):
        assert prepared.key == item.key
        assert prepared.captions == item.captions
        assert prepared.class_id == item.class_id
        assert prepared.box is None
    assert (dataset.name, dataset.split) == ("toy", "train")
    assert dataset.class_names == ("a", "b", "c")
    assert dataset.record_image_size == 16
    assert not dataset.mirrored_fits
    assert sorted(os.listdir(tmp_path / "out")) == [
        "manifest.json",
        "train-00000-of-00003.tfrecord",
        "train-00001-of-00003.tfrecord",
        "train-00002-of-00003.tfrecord",
        "train-items.jsonl",
        "vocabulary.txt",
    ]


def test_images_are_cropped_and_shrunk_as_training_would(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16, image_format="png")
    for prepared, item in zip(records(tmp_path / "out"), toy, strict=True):
        image = image_augmentation.decode_image(item.read())
        if item.box:
            image = image_augmentation.crop_to_box(image, item.box)
        # 19 is 16 * 76 / 64; smaller images stay as they are.
        if min(image.shape[:2]) > 19:
            image = image_augmentation.resize_short_side(image, 19)
        expected = np.asarray(image, int)
        np.testing.assert_array_equal(_pixels(prepared.read()), expected)


def test_an_image_that_needs_no_change_keeps_its_bytes(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16)
    dataset = records(tmp_path / "out")
    for place in (2, 3):
        assert dataset[place].read() == toy[place].read()


def test_lossless_images_stay_lossless_and_jpeg_stays_close(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16)
    formats = [
        PIL.Image.open(io.BytesIO(item.read())).format
        for item in records(tmp_path / "out")
    ]
    assert formats == ["JPEG", "PNG", "PNG", "JPEG", "PNG", "JPEG", "PNG"]
    prepare(toy, tmp_path / "exact", image_size=16, image_format="png")
    lossy = _pixels(records(tmp_path / "out")[0].read())
    exact = _pixels(records(tmp_path / "exact")[0].read())
    assert np.abs(lossy - exact).mean() < 3


def test_shards_are_plain_tensorflow_records(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16, shard_size=4)
    dataset = records(tmp_path / "out")
    shards = sorted(map(str, (tmp_path / "out").glob("*.tfrecord")))
    features = {
        "image": tf.io.FixedLenFeature([], tf.string),
        "captions": tf.io.RaggedFeature(tf.string),
        "class_id": tf.io.FixedLenFeature([], tf.int64),
        "key": tf.io.FixedLenFeature([], tf.string),
        "index": tf.io.FixedLenFeature([], tf.int64),
    }
    examples = [
        tf.io.parse_single_example(record, features)
        for record in tf.data.TFRecordDataset(shards)
    ]
    assert [int(example["index"]) for example in examples] == list(range(7))
    for example, item in zip(examples, dataset, strict=True):
        assert example["image"].numpy() == item.read()
        assert example["key"].numpy().decode() == item.key
        texts = [text.decode() for text in example["captions"].numpy()]
        assert tuple(texts) == item.captions


def test_the_vocabulary_is_learned_or_given(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16)
    learned = prepared_vocabulary(tmp_path / "out")
    assert learned == Vocabulary.from_captions(toy.captions())
    given = Vocabulary(["<end>", "picture", "more"])
    manifest = prepare(toy, tmp_path / "given", given, image_size=16)
    assert prepared_vocabulary(tmp_path / "given") == given
    assert manifest["vocabulary"]["sha256"] == given.sha256


def test_several_splits_share_a_folder(tmp_path):
    birds = cub_layout(tmp_path / "birds")
    splits = [cub(birds, split) for split in ("train", "test")]
    manifest = prepare(splits, tmp_path / "out", image_size=16)
    assert manifest["splits"]["train"]["captions"] == 30
    assert manifest["splits"]["test"]["images"] == 1
    for dataset in splits:
        prepared = records(tmp_path / "out", dataset.split)
        assert prepared.captions() == dataset.captions()
    with pytest.raises(ValueError, match="each of another split"):
        prepare([splits[0], splits[0]], tmp_path / "twice")
    splits[0].split = "../up"
    with pytest.raises(ValueError, match="letters and digits"):
        prepare(splits, tmp_path / "up")


def test_running_again_changes_nothing(toy, tmp_path):
    out = tmp_path / "out"
    first = prepare(toy, out, image_size=16)
    before = {path: os.stat(path).st_mtime_ns for path in out.iterdir()}
    assert prepare(toy, out, image_size=16) == first
    assert before == {p: os.stat(p).st_mtime_ns for p in out.iterdir()}


def test_other_arguments_are_refused_by_name(toy, tmp_path):
    out = tmp_path / "out"
    prepare(toy, out, image_size=16)
    for options, message in (
        ({"image_size": 8}, "image_size=16, now image_size=8"),
        ({"jpeg_quality": 90}, "jpeg_quality=95, now"),
        ({"shard_size": 2}, "shard_size=1024, now"),
        ({"vocabulary": Vocabulary(["<end>", "more"])}, "vocabulary: another"),
    ):
        with pytest.raises(ValueError, match=message):
            prepare(toy, out, **{"image_size": 16, **options})
    with pytest.raises(ValueError, match="datasets: other"):
        prepare(
            toy.select(range(5)), out, prepared_vocabulary(out), image_size=16
        )


def test_interrupted_it_continues_after_the_complete_shards(
    toy, tmp_path, monkeypatch
):
    prepare(toy, tmp_path / "whole", image_size=16, shard_size=2)
    out = tmp_path / "out"
    whole = record_shards.write_shard
    written = []

    def interrupted(items, *args):
        written.append(items[0].key)
        if len(written) == 3:
            with open(args[1], "wb") as file:
                file.write(b"half a shard")
            raise KeyboardInterrupt
        return whole(items, *args)

    monkeypatch.setattr(record_shards, "write_shard", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare(toy, out, image_size=16, shard_size=2)
    assert len(list(out.glob("*.tfrecord"))) == 2
    with pytest.raises(ValueError, match=r"no manifest\.json; `tfragan prep"):
        records(out)

    prepare(toy, out, image_size=16, shard_size=2)
    # The third is tried again; the first two are not.
    assert written == ["k/0", "k/2", "k/4", "k/4", "k/6"]
    assert _tree(out) == _tree(tmp_path / "whole")


def test_a_shard_damaged_before_the_end_is_written_again(
    toy, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    monkeypatch.setattr(
        Vocabulary, "save", lambda *args: (_ for _ in ()).throw(OSError)
    )
    with pytest.raises(OSError):  # noqa: PT011
        prepare(toy, out, image_size=16, shard_size=2)
    monkeypatch.undo()
    shard = out / "train-00001-of-00004.tfrecord"
    shard.write_bytes(shard.read_bytes()[:-1])
    prepare(toy, out, image_size=16, shard_size=2)
    assert len(records(out, verify=True)) == 7


def test_a_folder_with_other_files_is_refused(toy, tmp_path):
    with pytest.raises(ValueError, match="It holds '0.img'"):
        prepare(toy, tmp_path / "source")


def test_two_preparations_of_a_folder_do_not_mix(toy, tmp_path, monkeypatch):
    whole = record_shards.write_shard
    messages = []

    def meanwhile(*args):
        try:
            prepare(toy, tmp_path / "out", image_size=16)
        except ValueError as error:
            messages.append(str(error))
        return whole(*args)

    monkeypatch.setattr(record_shards, "write_shard", meanwhile)
    prepare(toy, tmp_path / "out", image_size=16)
    assert len(messages) == 1
    assert "is being prepared by another process" in messages[0]


def _with_bad_item(toy, tmp_path):
    data = bytearray(encoded("PNG", (200, 180)))
    data[len(data) // 2] ^= 0xFF
    assert decoding_error(bytes(data))
    path = tmp_path / "hurt.png"
    path.write_bytes(data)
    bad = CaptionedImage("hurt", str(path), ("a picture",))
    mute = CaptionedImage("mute", toy[0].path, ("!?",))
    items = [toy[0], bad, *toy.items[1:], mute]
    return CaptionedImages(items, "toy", "train")


def test_bad_items_are_skipped_and_listed_in_the_manifest(toy, tmp_path):
    dataset = _with_bad_item(toy, tmp_path)
    manifest = prepare(dataset, tmp_path / "out", image_size=16, shard_size=4)
    assert manifest["splits"]["train"]["skipped"] == {
        "caption with only unknown words": ["mute"],
        "undecodable PNG": ["hurt"],
    }
    prepared = records(tmp_path / "out", verify=True)
    assert [i.key for i in prepared] == [i.key for i in toy]


def test_bad_items_are_refused_when_asked(toy, tmp_path):
    dataset = _with_bad_item(toy, tmp_path)
    with pytest.raises(ValueError, match=r"only unknown words \(mute\)"):
        prepare(dataset, tmp_path / "a", image_size=16, on_bad_item="refuse")
    dataset = dataset.select(range(3))
    with pytest.raises(ValueError, match=r"1 undecodable PNG \(hurt\)"):
        prepare(dataset, tmp_path / "b", image_size=16, on_bad_item="refuse")
    assert not list((tmp_path / "b").glob("*.tfrecord"))


def test_progress_counts_every_image(toy, tmp_path):
    seen = []
    prepare(
        toy,
        tmp_path / "out",
        image_size=16,
        shard_size=3,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(done, 7) for done in range(1, 8)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 0}, "image_size=0"),
        ({"shard_size": 0}, "shard_size=0"),
        ({"jpeg_quality": 101}, "jpeg_quality=101"),
        ({"image_format": "gif"}, "image_format='gif'"),
        ({"on_bad_item": "fix"}, "on_bad_item='fix'"),
    ],
)
def test_arguments_out_of_range_are_refused(toy, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        prepare(toy, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_prepared_data_can_be_prepared_smaller_but_not_larger(toy, tmp_path):
    prepare(toy, tmp_path / "large", image_size=16)
    large = records(tmp_path / "large")
    prepare(large, tmp_path / "small", image_size=8)
    sides = [min(_pixels(i.read()).shape[:2]) for i in large]
    smaller = records(tmp_path / "small")
    assert [min(_pixels(i.read()).shape[:2]) for i in smaller] == [
        min(side, 9) for side in sides
    ]
    with pytest.raises(ValueError, match="prepared for images of 16 pixels"):
        prepare(large, tmp_path / "huge", image_size=32)


def test_a_prepared_folder_can_be_moved(toy, tmp_path):
    prepare(toy, tmp_path / "out", image_size=16)
    shutil.move(tmp_path / "out", tmp_path / "moved")
    assert len(records(tmp_path / "moved", verify=True)) == 7
    text = (tmp_path / "moved" / "manifest.json").read_text()
    assert str(tmp_path) not in text
    assert json.loads(text)["splits"]["train"]["images"] == 7
