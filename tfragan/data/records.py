"""Data sets that `prepare` has written: shards, vocabulary and manifest."""

import hashlib
import json
import os

from tfragan.atomic_file import write_atomically
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import read_json
from tfragan.data.source_files import read_json_lines
from tfragan.regular_file import open_regular
from tfragan.shown import shown

FORMAT = "tfragan-records"
VERSION = 1
CAPTIONS = "captions"
UNPAIRED = "unpaired"
# What opens a prepared folder of each kind.
KINDS = {CAPTIONS: "open_dataset", UNPAIRED: "unpaired_images"}
MANIFEST = "manifest.json"
VOCABULARY = "vocabulary.txt"

# What is read of the files of a prepared folder, with its type.
_CAPTIONS_FIELDS = {
    "name": str,
    "vocabulary": dict,
    "image_size": int,
    "mirrored_fits": bool,
}
_SPLIT_FIELDS = {"index": dict, "shards": (list, dict)}
_FILE_FIELDS = {"file": str, "bytes": int, "sha256": str}
_ROW_FIELDS = {
    CAPTIONS: {
        "key": str,
        "shard": int,
        "byte_range": (list, int),
        "captions": (list, str),
        "class_id": int,
    },
    UNPAIRED: {"key": str, "shard": int, "byte_range": (list, int)},
}


def records(folder, split="train", verify=False):
    """Opens a split that `tfragan.data.prepare` has written.

    Captions, classes and keys are read from an index; images stay in the
    shards, found by `byte_range`. They are already cropped to their boxes
    and shrunk.

    Args:
        folder: The prepared folder.
        split: Name of the split.
        verify: Whether to compare all files with the hashes of the manifest,
            which reads them whole. Sizes are always compared.

    Returns:
        A `CaptionedImages`.

    Raises:
        ValueError: The folder is not completely prepared, has no such split,
            or a file does not agree with the manifest.
    """
    folder = data_folder(folder, "A prepared data set")
    manifest = read_manifest(folder, CAPTIONS)
    where = os.path.join(folder, MANIFEST)
    check_fields(manifest, _CAPTIONS_FIELDS, where)
    class_names = manifest.get("class_names")
    if class_names is not None:
        check_fields(manifest, {"class_names": (list, str)}, where)
    items = [
        CaptionedImage(
            key=row["key"],
            path=path,
            captions=tuple(row["captions"]),
            class_id=row["class_id"],
            byte_range=tuple(row["byte_range"]),
        )
        for row, path in stored_rows(folder, manifest, split, verify)
    ]
    return CaptionedImages(
        items,
        manifest["name"],
        split,
        class_names,
        mirrored_fits=manifest["mirrored_fits"],
        record_image_size=manifest["image_size"],
    )


def stored_rows(folder, manifest, split, verify=False):
    """What the index of a prepared split says of each image.

    A list of `(row, path of the shard)`; the row is a dict with `"key"`,
    `"byte_range"` and the fields of the kind of data. Files have to agree with
    the manifest in their size and, with `verify`, in their hash.
    """
    if split not in manifest["splits"]:
        raise ValueError(
            f"{folder} has the splits {', '.join(manifest['splits'])}. "
            f"Received: split={split!r}"
        )
    content = manifest["splits"][split]
    for file in (content["index"], *content["shards"]):
        check_file(folder, file, verify)
    shards = [
        os.path.join(folder, shard["file"]) for shard in content["shards"]
    ]
    index = os.path.join(folder, content["index"]["file"])
    fields = _ROW_FIELDS[_kind(manifest)]
    rows = []
    for number, row in read_json_lines(index):
        check_fields(row, fields, f"{index}, line {number}")
        if not 0 <= row["shard"] < len(shards) or len(row["byte_range"]) != 2:
            raise ValueError(
                f"{index}, line {number}: expected one of {len(shards)} "
                f"shards, and two numbers as byte_range. Received: {shown(row)}"
            )
        rows.append((row, shards[row["shard"]]))
    return rows


def check_fields(content, fields, where):
    """Raises `ValueError` unless a dict of a file has fields of some types.

    `(list, int)` is a list of numbers, `(dict, dict)` a dict of dicts.
    """
    for name, kind in fields.items():
        value = content.get(name)
        if not _is_of_kind(value, kind):
            raise ValueError(
                f'{where}, has no valid "{name}". Received: {shown(value)}'
            )


def _is_of_kind(value, kind):
    if not isinstance(kind, tuple):
        return type(value) is kind
    container, inner = kind
    if type(value) is not container:
        return False
    values = value.values() if container is dict else value
    return all(type(one) is inner for one in values)


def prepared_vocabulary(folder):
    """The `tfragan.text.Vocabulary` of a prepared folder.

    Raises:
        ValueError: The folder is not completely prepared, or its vocabulary
            is not the one of the manifest.
    """
    from tfragan.text.vocabulary import Vocabulary

    folder = data_folder(folder, "A prepared data set")
    manifest = read_manifest(folder, CAPTIONS)
    where = os.path.join(folder, MANIFEST)
    check_fields(manifest, _CAPTIONS_FIELDS, where)
    check_fields(manifest["vocabulary"], {"sha256": str}, where)
    expected = manifest["vocabulary"]["sha256"]
    path = os.path.join(folder, VOCABULARY)
    vocabulary = Vocabulary.load(path)
    if vocabulary.sha256 != expected:
        raise ValueError(
            f"{path} has to be the vocabulary of {MANIFEST}, with sha256 "
            f"{expected}. Received: one with sha256 {vocabulary.sha256}"
        )
    return vocabulary


def is_prepared(folder):
    """Whether a folder holds a manifest, complete or not."""
    return os.path.exists(os.path.join(folder, MANIFEST))


def _kind(manifest):
    # The first manifests do not say it.
    return manifest.get("kind", CAPTIONS)


def read_manifest(folder, kind=None):
    """The manifest of a prepared folder, of `kind` unless it is `None`."""
    path = os.path.join(folder, MANIFEST)
    if not os.path.exists(path):
        raise ValueError(
            f"{folder} has no {MANIFEST}; `tfragan prepare` has not been run "
            "for it, or has not finished: run it again to continue."
        )
    manifest = read_json(path)
    found = (
        (manifest.get("format"), manifest.get("version"))
        if isinstance(manifest, dict)
        else None
    )
    if found != (FORMAT, VERSION):
        raise ValueError(
            f"{path} has to be the manifest of {FORMAT}, version {VERSION}. "
            f"Received: {shown(found)}"
        )
    if _kind(manifest) not in tuple(KINDS):
        raise ValueError(
            f"{path} has to be of kind {' or '.join(KINDS)}. Received: "
            f"{shown(_kind(manifest))}"
        )
    _check_manifest(manifest, path)
    if kind not in (None, _kind(manifest)):
        raise ValueError(
            f"{folder} holds {_kind(manifest)} data, which "
            f"{KINDS[_kind(manifest)]} opens, not {kind}."
        )
    return manifest


def _check_manifest(manifest, path):
    check_fields(manifest, {"splits": (dict, dict)}, path)
    for split, content in manifest["splits"].items():
        where = f"{path}, split {shown(split)}"
        check_fields(content, _SPLIT_FIELDS, where)
        for file in (content["index"], *content["shards"]):
            check_fields(file, _FILE_FIELDS, where)
            if os.path.basename(file["file"]) != file["file"]:
                raise ValueError(
                    f"{where}: files have to lie in the folder itself. "
                    f"Received: {shown(file['file'])}"
                )


def check_file(folder, entry, verify):
    """Raises `ValueError` where a file differs from its entry in the manifest.

    Its size is always compared, its hash with `verify`.
    """
    path = os.path.join(folder, entry["file"])
    try:
        size = os.path.getsize(path)
    except OSError as error:
        raise ValueError(
            f"{path} is listed in {MANIFEST} but cannot be found."
        ) from error
    if size != entry["bytes"]:
        raise ValueError(
            f"{path} has to have {entry['bytes']} bytes, as {MANIFEST} says. "
            f"Received: {size} bytes"
        )
    if verify and (found := file_sha256(path)) != entry["sha256"]:
        raise ValueError(
            f"{path} has to have the sha256 {entry['sha256']} of {MANIFEST}. "
            f"Received: {found}"
        )


def file_sha256(path):
    """The SHA-256 of a file, as hex digits."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path, content):
    """Writes a JSON file atomically."""
    write_atomically(path, json.dumps(content, indent=1) + "\n")
