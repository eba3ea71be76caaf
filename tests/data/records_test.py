import json

import pytest

from tests.data.fake_layouts import cub_layout
from tests.data.streams import assert_same
from tests.data.streams import take
from tfragan.data.prepare_images import prepare
from tfragan.data.published_layouts import cub
from tfragan.data.records import prepared_vocabulary
from tfragan.data.records import records
from tfragan.text.caption_tokenizer import CaptionTokenizer


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    train = cub(cub_layout(folder / "birds"))
    prepare(train, folder / "out", image_size=16, image_format="png")
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    for path in (prepared / "out").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def _change_manifest(folder, change):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_training_from_records_equals_training_from_the_folder(prepared):
    tokenizer = CaptionTokenizer(prepared_vocabulary(prepared / "out"))
    for training in (True, False):
        expected, found = (
            take(data.batches(2, tokenizer, (8, 16), training=training), 2)
            for data in (cub(prepared / "birds"), records(prepared / "out"))
        )
        assert_same(found, expected)


def test_parts_of_records_can_be_read(prepared):
    part = records(prepared / "out").select([2, 0])
    assert len(part) == 2
    assert part.record_image_ready
    assert part[0].read()[:4] == b"\x89PNG"


def test_a_missing_split_is_named(folder):
    with pytest.raises(ValueError, match="the splits train. .*split='test'"):
        records(folder, "test")


def test_a_missing_or_shortened_shard_is_named(folder):
    shard = folder / "train-00000-of-00001.tfrecord"
    data = shard.read_bytes()
    shard.write_bytes(data[:-7])
    with pytest.raises(ValueError, match=f"has to have {len(data)} bytes"):
        records(folder)
    shard.unlink()
    with pytest.raises(ValueError, match="00001.tfrecord is listed in"):
        records(folder)


def test_a_changed_byte_is_found_when_verifying(folder):
    shard = folder / "train-00000-of-00001.tfrecord"
    data = bytearray(shard.read_bytes())
    data[100] ^= 1
    shard.write_bytes(data)
    assert len(records(folder)) == 3
    with pytest.raises(ValueError, match="has to have the sha256"):
        records(folder, verify=True)


def test_a_vocabulary_from_elsewhere_is_found(folder):
    path = folder / "vocabulary.txt"
    path.write_text(path.read_text().replace("caption", "kaption"))
    with pytest.raises(ValueError, match="has to be the vocabulary of"):
        prepared_vocabulary(folder)


def test_other_manifests_are_refused(folder, tmp_path):
    _change_manifest(folder, lambda manifest: manifest.update(version=99))
    with pytest.raises(ValueError, match=r"version 1\. Received: .*99"):
        records(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match="manifest.json is not JSON"):
        records(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(ValueError, match="`tfragan prepare` has not been run"):
        records(folder)
    with pytest.raises(ValueError, match="There is none at"):
        records(tmp_path / "no")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.pop("splits"), 'no valid "splits". Received: None'),
        (lambda m: m.update(kind=[1]), "has to be of kind captions or unp"),
        (lambda m: m.update(image_size="16"), 'no valid "image_size"'),
        (
            lambda m: m["splits"]["train"].update(shards=[3]),
            "split 'train', has no valid \"shards\"",
        ),
        (
            lambda m: m["splits"]["train"]["index"].update(file="../x"),
            "files have to lie in the folder itself. Received: '../x'",
        ),
        (
            lambda m: m["splits"]["train"]["index"].update(bytes=None),
            'no valid "bytes"',
        ),
    ],
)
def test_damaged_manifests_are_named_with_the_field(folder, change, message):
    _change_manifest(folder, change)
    with pytest.raises(ValueError, match="manifest.json.*") as caught:
        records(folder)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"shard": 7},
        {"shard": -1},
        {"shard": "0"},
        {"byte_range": [1]},
        {"byte_range": None},
        {"captions": "a bird"},
        {"class_id": [[]] * 10**5},
    ],
)
def test_damaged_lists_are_named_with_the_line(folder, change):
    path = folder / "train-items.jsonl"
    first, *others = path.read_text().splitlines()
    lines = [json.dumps({**json.loads(first), **change}), *others]
    path.write_text("\n".join(lines) + "\n")

    def resize(manifest):
        manifest["splits"]["train"]["index"]["bytes"] = path.stat().st_size

    _change_manifest(folder, resize)
    with pytest.raises(ValueError, match=r"items\.jsonl, line 1") as caught:
        records(folder)
    assert len(str(caught.value)) < 600
