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

FORMAT = "tfragan-records"
VERSION = 1
CAPTIONS = "captions"
UNPAIRED = "unpaired"
# What opens a prepared folder of each kind.
KINDS = {CAPTIONS: "open_dataset", UNPAIRED: "unpaired_images"}
MANIFEST = "manifest.json"
VOCABULARY = "vocabulary.txt"


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
        manifest["class_names"],
        mirrored_fits=manifest["mirrored_fits"],
        record_image_size=manifest["image_size"],
    )


def stored_rows(folder, manifest, split, verify=False):
    """What the index of a prepared split says of each image.

    Args:
        folder: The prepared folder.
        manifest: Its manifest.
        split: Name of the split, as in the manifest.
        verify: Whether to compare all files with the hashes of the manifest.
            Sizes are always compared.

    Returns:
        List of `(row, path of the shard)`, where the row is a dict with
        `"key"`, `"byte_range"` and the fields of the kind of data.

    Raises:
        ValueError: No such split, or a file that does not agree with the
            manifest.
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
    return [(row, shards[row["shard"]]) for _, row in read_json_lines(index)]


def prepared_vocabulary(folder):
    """The `tfragan.text.Vocabulary` of a prepared folder.

    Raises:
        ValueError: The folder is not completely prepared, or its vocabulary
            is not the one of the manifest.
    """
    from tfragan.text.vocabulary import Vocabulary

    folder = data_folder(folder, "A prepared data set")
    expected = read_manifest(folder, CAPTIONS)["vocabulary"]["sha256"]
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
    """The manifest of a prepared folder as a dict.

    Args:
        folder: The prepared folder.
        kind: One of `KINDS` that it has to be of, or `None` for any.

    Returns:
        The manifest.

    Raises:
        ValueError: There is none, not one that this version reads, or one of
            another kind.
    """
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
            f"Received: {found}"
        )
    if kind not in (None, _kind(manifest)):
        raise ValueError(
            f"{folder} holds {_kind(manifest)} data, which "
            f"{KINDS[_kind(manifest)]} opens, not {kind}."
        )
    return manifest


def check_file(folder, entry, verify):
    """Compares a file with its entry in the manifest.

    Args:
        folder: The prepared folder.
        entry: Dict with `"file"`, `"bytes"` and `"sha256"`.
        verify: Whether to compare the hash too.

    Raises:
        ValueError: The file is missing or differs.
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
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path, content):
    """Writes a JSON file atomically."""
    write_atomically(path, json.dumps(content, indent=1) + "\n")
