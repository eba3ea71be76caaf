"""Turning data sets into shards that training reads fast."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys

from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_policy
from tfragan.data.captioned_image import CaptionedImages
from tfragan.data.inspection import with_known_words
from tfragan.data.records import FORMAT
from tfragan.data.records import MANIFEST
from tfragan.data.records import VERSION
from tfragan.data.records import VOCABULARY
from tfragan.data.records import check_file
from tfragan.data.records import file_sha256
from tfragan.data.records import is_prepared
from tfragan.data.records import read_manifest
from tfragan.data.records import write_atomically
from tfragan.data.records import write_json
from tfragan.data.source_files import read_json
from tfragan.version import __version__

# Plan, finished shards' descriptions and files being written, until the end.
_PARTS = ".parts"
_PLAN = "plan.json"


def prepare(
    datasets,
    folder,
    vocabulary=None,
    image_size=64,
    image_format="auto",
    jpeg_quality=95,
    shard_size=1024,
    on_bad_item="skip",
    threads=None,
    progress=None,
):
    """Writes data sets as TFRecord shards with a vocabulary and a manifest.

    Images are cropped to their boxes and shrunk to the short side that
    training crops from, `int(image_size * 76 / 64)`, which is most of the
    work of reading them. The folder then holds

        train-00000-of-00003.tfrecord, ...   images, captions, classes
        train-items.jsonl                    index: all but the images
        vocabulary.txt
        manifest.json                        sizes and hashes of all files

    and is opened by `tfragan.data.records`. The manifest is written last and
    every file at once, so that an interrupted preparation leaves no broken
    file; run again, it continues after the shards that are complete. Run
    again on the finished folder it does nothing.

    Args:
        datasets: A `CaptionedImages`, or several of different splits.
        folder: Where to write: a new or empty folder, or that of an earlier
            run with the same arguments.
        vocabulary: The `tfragan.text.Vocabulary` that training is to use;
            `None` takes all words of all captions.
        image_size: Largest image size to train at, in pixels.
        image_format: `"jpeg"`, `"png"`, or `"auto"`, which stores what was
            JPEG as JPEG and all else as PNG.
        jpeg_quality: Quality of JPEG files, 1 to 100.
        shard_size: Images in a shard.
        on_bad_item: `"skip"` leaves out images that cannot be decoded and
            captions without known words, and logs which; `"refuse"` raises.
        threads: Number of threads, `None` for one a core.
        progress: Function of the number of images done and of all images,
            called after each, such as `progress_bar()`.

    Returns:
        The manifest as a dict.

    Raises:
        ValueError: An argument is out of range, the folder holds something
            else or was prepared with other arguments, another process is
            preparing it, no usable image, or a bad item under `"refuse"`.
    """
    if isinstance(datasets, CaptionedImages):
        datasets = [datasets]
    # It brings TensorFlow with it, which opening data sets does without.
    from tfragan.data.record_shards import StoredImages

    images = StoredImages(image_size, image_format, jpeg_quality)
    _check_arguments(datasets, images, shard_size, on_bad_item)
    vocabulary = vocabulary or _vocabulary_of(datasets)
    plan = _plan(datasets, images, vocabulary, shard_size)
    folder = os.path.abspath(os.path.expanduser(os.fspath(folder)))
    if is_prepared(folder):
        return _finished(folder, plan)
    _check_folder(folder, plan)
    with _locked(folder):
        if not is_prepared(folder):
            write_json(_part(folder, _PLAN), plan)
            datasets = _usable(datasets, vocabulary, on_bad_item)
            writer = _Writer(
                folder, images, shard_size, on_bad_item, threads, progress
            )
            splits = writer.write(datasets)
            vocabulary.save(os.path.join(folder, VOCABULARY))
            manifest = _manifest(datasets, plan, vocabulary, splits)
            path = os.path.join(folder, MANIFEST)
            write_json(path, manifest)
    shutil.rmtree(os.path.join(folder, _PARTS), ignore_errors=True)
    return _finished(folder, plan)


def progress_bar():
    """A `progress` function that draws a bar with the time left.

    Where the output is no terminal it prints a line every tenth of the way.
    """
    if not sys.stdout.isatty():
        return _progress_lines()
    import keras

    bars = []

    def update(done, total):
        if not bars:
            bars.append(keras.utils.Progbar(total, unit_name="image"))
        bars[0].update(done, finalize=done == total)

    return update


def _progress_lines():
    printed = [0]

    def update(done, total):
        tenth = 10 * done // total
        if tenth > printed[0]:
            printed[0] = tenth
            print(f"{done:,} of {total:,} images", flush=True)

    return update


class _Writer:
    """Writes what is missing of the shards and the index of each split."""

    def __init__(
        self, folder, images, shard_size, on_bad_item, threads, progress
    ):
        self._folder = folder
        self._images = images
        self._shard_size = shard_size
        self._on_bad_item = on_bad_item
        self._threads = threads
        self._progress = progress or (lambda done, total: None)
        self._done = 0
        self._total = 0

    def write(self, datasets):
        """Returns the manifest's entries of the splits."""
        self._total = sum(map(len, datasets))
        return {dataset.split: self._split(dataset) for dataset in datasets}

    def _split(self, dataset):
        rows, shards = [], []
        bad_items = BadItems()
        if dataset.bad_items is not None:
            bad_items.add(dataset.bad_items)
        starts = range(0, len(dataset), self._shard_size)
        for number, start in enumerate(starts):
            file = f"{dataset.split}-{number:05d}-of-{len(starts):05d}.tfrecord"
            items = dataset.items[start : start + self._shard_size]
            part = self._shard(dataset, file, items, start)
            rows += [{**row, "shard": number} for row in part.pop("rows")]
            for kind, names in part.pop("skipped").items():
                bad_items.skipped.setdefault(kind, []).extend(names)
            shards.append({"file": file, **part})
        if not rows:
            raise ValueError(
                f"{_where(dataset)} holds no usable image: {bad_items}."
            )
        return {
            "images": len(rows),
            "captions": sum(len(row["captions"]) for row in rows),
            "classes": len({row["class_id"] for row in rows}),
            "index": self._index(dataset.split, rows),
            "shards": shards,
            "skipped": bad_items.skipped,
            "remarked": bad_items.remarked,
        }

    def _advance(self, count=1):
        self._done += count
        self._progress(self._done, self._total)

    def _shard(self, dataset, file, items, first_index):
        """Writes a shard unless it is complete; returns its description."""
        from tfragan.data.record_shards import write_shard

        path = os.path.join(self._folder, file)
        description = _part(self._folder, f"{file}.json")
        if os.path.exists(description):
            part = read_json(description)
            if os.path.exists(path) and file_sha256(path) == part["sha256"]:
                self._advance(len(items))
                return part
        temporary = _part(self._folder, file)
        part = write_shard(
            items,
            first_index,
            temporary,
            self._images,
            self._threads,
            self._advance,
        )
        found = BadItems()
        found.skipped = part["skipped"]
        found.enforce(self._on_bad_item, _where(dataset))
        os.replace(temporary, path)
        write_json(description, part)
        return part

    def _index(self, split, rows):
        file = f"{split}-items.jsonl"
        path = os.path.join(self._folder, file)
        write_atomically(
            path,
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        )
        return {
            "file": file,
            "bytes": os.path.getsize(path),
            "sha256": file_sha256(path),
        }


def _where(dataset):
    return f"Data set {dataset.name!r}, split {dataset.split!r},"


def _check_arguments(datasets, images, shard_size, on_bad_item):
    check_policy(on_bad_item)
    splits = [dataset.split for dataset in datasets]
    if not splits or len(set(splits)) != len(splits):
        raise ValueError(
            "datasets have to be one or more, each of another split. "
            f"Received: splits {splits}"
        )
    for split in splits:
        if not re.fullmatch(r"[\w.-]+", split):
            raise ValueError(
                "The name of a split becomes part of file names and has to "
                f"consist of letters and digits. Received: {split!r}"
            )
    if shard_size < 1:
        raise ValueError(
            "shard_size has to be 1 or more images. "
            f"Received: shard_size={shard_size}"
        )
    for dataset in datasets:
        stored = dataset.record_image_size
        if stored is not None and stored < images.image_size:
            raise ValueError(
                f"Data set {dataset.name!r} was itself prepared for images "
                f"of {stored} pixels, too few for this. Received: "
                f"image_size={images.image_size}"
            )


def _vocabulary_of(datasets):
    from tfragan.text.vocabulary import Vocabulary

    return Vocabulary.from_captions(
        caption for dataset in datasets for caption in dataset.captions()
    )


def _usable(datasets, vocabulary, on_bad_item):
    from tfragan.text.caption_tokenizer import CaptionTokenizer

    tokenizer = CaptionTokenizer(vocabulary)
    return [
        with_known_words(dataset, tokenizer, on_bad_item)
        for dataset in datasets
    ]


def _plan(datasets, images, vocabulary, shard_size):
    """What makes a folder of shards this one and no other."""
    return {
        "image_size": images.image_size,
        "image_format": images.image_format,
        "jpeg_quality": images.jpeg_quality,
        "shard_size": shard_size,
        "vocabulary": vocabulary.sha256,
        "datasets": {
            dataset.split: _source_fingerprint(dataset) for dataset in datasets
        },
    }


def _source_fingerprint(dataset):
    """SHA-256 of the data set's entries and the sizes of its images."""
    sizes = []
    for item in dataset.items:
        try:
            size = os.path.getsize(item.path)
        except OSError:
            size = None
        sizes.append((size, item.byte_range))
    about = (dataset.name, dataset.class_names, dataset.fingerprint, sizes)
    return hashlib.sha256(repr(about).encode()).hexdigest()


def _check_folder(folder, plan):
    """Makes sure that writing to the folder destroys nothing."""
    os.makedirs(folder, exist_ok=True)
    path = _part(folder, _PLAN)
    if os.path.exists(path):
        _check_plan(folder, read_json(path), plan)
        return
    others = sorted(set(os.listdir(folder)) - {_PARTS})
    if others:
        raise ValueError(
            f"{folder} has to be new, empty, or prepared before. It holds "
            f"{others[0]!r}."
        )


def _check_plan(folder, found, plan):
    for name, value in plan.items():
        if found.get(name) == value:
            continue
        if name in ("vocabulary", "datasets"):
            what = f"other {name}" if name == "datasets" else "another one"
            detail = f"{name}: {what}"
        else:
            detail = f"{name}={found.get(name)}, now {name}={value}"
        raise ValueError(
            f"{folder} was prepared with other arguments ({detail}); prepare "
            "into another folder, or delete this one."
        )


def _finished(folder, plan):
    manifest = read_manifest(folder)
    _check_plan(folder, manifest["plan"], plan)
    for split in manifest["splits"].values():
        for file in (split["index"], *split["shards"]):
            check_file(folder, file, verify=False)
    return manifest


def _manifest(datasets, plan, vocabulary, splits):
    return {
        "format": FORMAT,
        "version": VERSION,
        "tfragan": __version__,
        "name": datasets[0].name,
        "image_size": plan["image_size"],
        "mirrored_fits": all(dataset.mirrored_fits for dataset in datasets),
        "class_names": datasets[0].class_names,
        "vocabulary": {
            "file": VOCABULARY,
            "kind": vocabulary.kind,
            "tokens": len(vocabulary),
            "sha256": vocabulary.sha256,
        },
        "splits": splits,
        "plan": plan,
    }


def _part(folder, file):
    return os.path.join(folder, _PARTS, file)


@contextlib.contextmanager
def _locked(folder):
    """Keeps other processes from preparing the same folder meanwhile."""
    parts = os.path.join(folder, _PARTS)
    os.makedirs(parts, exist_ok=True)
    with open(os.path.join(parts, "lock"), "w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ValueError(
                f"{folder} is being prepared by another process."
            ) from error
        except (ImportError, OSError):
            # No locks here: not on this system, or not on this file system.
            pass
        yield
