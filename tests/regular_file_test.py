"""No reader waits for a pipe, and no JSON text is followed without end."""

import json
import os
import time

import pytest

from tfragan.convert.published_file import read_plain_pickle
from tfragan.data.image_split import EncodedImage
from tfragan.data.records import file_sha256
from tfragan.data.records import read_manifest
from tfragan.data.source_files import read_json
from tfragan.evaluation.measurement import read_measurements
from tfragan.models.preset import preset_class
from tfragan.regular_file import open_regular
from tfragan.regular_file import read_regular
from tfragan.run_folder import RunFolder
from tfragan.serving.request_images import image_file
from tfragan.text.captions_pickle import read_captions_pickle
from tfragan.text.vocabulary import Vocabulary
from tfragan.text.word_vectors import load_word_vectors


def test_files_and_links_to_them_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    os.symlink(tmp_path / "file", tmp_path / "link")
    for name in ("file", "link"):
        assert read_regular(tmp_path / name) == b"content"


def test_what_has_no_end_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(OSError, match="No regular file") as caught:
            open_regular(path)
        assert caught.value.filename == str(path)
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def _glove(path):
    return load_word_vectors(path, Vocabulary(["<end>", "bird"], "words"))


_READERS = {
    "vocabulary.txt": Vocabulary.load,
    "vectors.txt": _glove,
    "captions.json": read_json,
    "captions.pickle": read_captions_pickle,
    "filenames.pickle": read_plain_pickle,
    "image.png": image_file,
    "bird.jpg": lambda path: EncodedImage("bird", str(path)).read(),
    "shard.tfrecord": file_sha256,
    "manifest.json": lambda path: read_manifest(path.parent),
    "config.json": lambda path: preset_class(path.parent),
    "metrics.jsonl": lambda path: read_measurements(path.parent),
}


@pytest.mark.parametrize("name", _READERS)
def test_a_pipe_in_place_of_a_file_is_named(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises((OSError, ValueError)) as caught:
        _READERS[name](tmp_path / name)
    assert name in str(caught.value)


_DEEP = {
    "brackets": "[" * 100_000,
    "closed": "[" * 900 + "]" * 900,
    "objects": '{"a":' * 300 + "1" + "}" * 300,
}


@pytest.mark.parametrize("kind", _DEEP)
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("captions.json", read_json),
        ("manifest.json", lambda path: read_manifest(path.parent)),
        ("config.json", lambda path: preset_class(path.parent)),
        ("config.json", lambda path: RunFolder(path.parent).read_config()),
    ],
)
def test_deep_json_is_named(tmp_path, name, read, kind):
    (tmp_path / name).write_text(_DEEP[kind])
    with pytest.raises(ValueError, match="it is nested too deep") as caught:
        read(tmp_path / name)
    assert name in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_preset_of_large_values_is_refused_in_few_words(tmp_path):
    content = {"class_name": ["x" * 10**6] * 50, "config": {}}
    (tmp_path / "config.json").write_text(json.dumps(content))
    start = time.monotonic()
    with pytest.raises(ValueError, match="config.json") as caught:
        preset_class(tmp_path)
    assert len(str(caught.value)) < 500
    assert time.monotonic() - start < 10
