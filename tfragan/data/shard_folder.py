"""A folder of shards that is written at one go or in several."""

import dataclasses
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from collections.abc import Sequence

from tfragan.atomic_file import remove_unfinished
from tfragan.atomic_file import write_json_lines
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_policy
from tfragan.data.image_split import EncodedImage
from tfragan.data.records import FORMAT
from tfragan.data.records import MANIFEST
from tfragan.data.records import VERSION
from tfragan.data.records import check_file
from tfragan.data.records import file_sha256
from tfragan.data.records import is_prepared
from tfragan.data.records import read_manifest
from tfragan.data.records import write_json
from tfragan.data.source_files import read_json
from tfragan.folder_lock import folder_lock
from tfragan.place import local_path
from tfragan.version import __version__

# Plan, finished shards' descriptions and files being written, until the end.
_PARTS = ".parts"
_PLAN = "plan.json"


@dataclasses.dataclass(frozen=True)
class Section:
    """Images that get shards and an index of their own.

    Attributes:
        name: Beginning of the names of its files, such as `"train"`.
        items: `EncodedImage` entries.
        images: `StoredImages`, how they are stored.
        where: The section in words, for messages.
        bad_items: What had been left out on opening, or `None`.
        summarize: Function from the rows of the index to what the manifest
            says of the section beside its files, as a dict.
    """

    name: str
    items: Sequence[EncodedImage]
    images: object
    where: str
    bad_items: BadItems | None = None
    summarize: Callable[[list], dict] = lambda rows: {}


def write_shard_folder(
    folder,
    kind,
    plan,
    sections,
    describe,
    on_bad_item="skip",
    threads=None,
    progress=None,
):
    """Writes what is missing of a folder of shards, the manifest last.

    Args:
        folder: Where to write: a new or empty folder, or that of an earlier
            run with the same plan.
        kind: One of `tfragan.data.records.KINDS`.
        plan: Dict ready for JSON that makes this folder this one and no
            other, with `"shard_size"`.
        sections: Function without arguments that returns the `Section`s;
            called only when there is something to write.
        describe: Function of the folder that returns what else the manifest
            says, as a dict, and may write further files; called once all
            sections are complete.
        on_bad_item: `"skip"` leaves out and logs images that cannot be
            decoded, `"refuse"` raises.
        threads: Number of threads, `None` for one a core.
        progress: Function of the number of images done and of all images.

    Returns:
        The manifest as a dict.

    Raises:
        ValueError: The folder holds something else or was prepared with
            another plan, another process is writing it, a section has no
            usable image, or a bad item under `"refuse"`.
    """
    folder = os.path.abspath(local_path(folder))
    if is_prepared(folder):
        return _finished(folder, kind, plan)
    _check_folder(folder, plan)
    parts = _part(folder, "")
    os.makedirs(parts, exist_ok=True)
    with folder_lock(_part(folder, "lock"), f"{folder} is being prepared"):
        remove_unfinished(folder)
        remove_unfinished(parts)
        if not is_prepared(folder):
            write_json(_part(folder, _PLAN), plan)
            writer = _Writer(
                folder, plan["shard_size"], on_bad_item, threads, progress
            )
            splits = writer.write(sections())
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "kind": kind,
                "tfragan": __version__,
                **describe(folder),
                "splits": splits,
                "plan": plan,
            }
            write_json(os.path.join(folder, MANIFEST), manifest)
    shutil.rmtree(os.path.join(folder, _PARTS), ignore_errors=True)
    return _finished(folder, kind, plan)


def check_writing(names, shard_size, on_bad_item):
    """Raises `ValueError` for arguments that no folder of shards can have.

    Such as no or repeated names of splits, or names unfit for files.
    """
    check_policy(on_bad_item)
    if not names or len(set(names)) != len(names):
        raise ValueError(
            "datasets have to be one or more, each of another split. "
            f"Received: splits {names}"
        )
    for name in names:
        if not re.fullmatch(r"[\w.-]+", name):
            raise ValueError(
                "The name of a split becomes part of file names and has to "
                f"consist of letters and digits. Received: {name!r}"
            )
    if shard_size < 1:
        raise ValueError(
            "shard_size has to be 1 or more images. "
            f"Received: shard_size={shard_size}"
        )


def source_fingerprint(items, *about):
    """SHA-256 of where items come from and of the sizes of their images.

    `about` is what else tells the data set from others.
    """
    sizes = []
    for item in items:
        try:
            size = os.path.getsize(item.path)
        except OSError:
            size = None
        sizes.append((size, item.byte_range))
    return hashlib.sha256(repr((*about, sizes)).encode()).hexdigest()


class _Writer:
    """Writes what is missing of the shards and the index of each section."""

    def __init__(self, folder, shard_size, on_bad_item, threads, progress):
        self._folder = folder
        self._shard_size = shard_size
        self._on_bad_item = on_bad_item
        self._threads = threads
        self._progress = progress or (lambda done, total: None)
        self._done = 0
        self._total = 0

    def write(self, sections):
        """Returns the manifest's entries of the sections."""
        self._total = sum(len(section.items) for section in sections)
        return {section.name: self._section(section) for section in sections}

    def _section(self, section):
        rows, shards = [], []
        bad_items = BadItems()
        if section.bad_items is not None:
            bad_items.add(section.bad_items)
        starts = range(0, len(section.items), self._shard_size)
        for number, start in enumerate(starts):
            file = f"{section.name}-{number:05d}-of-{len(starts):05d}.tfrecord"
            items = section.items[start : start + self._shard_size]
            part = self._shard(section, file, items, start)
            rows += [{**row, "shard": number} for row in part.pop("rows")]
            for kind, names in part.pop("skipped").items():
                bad_items.skipped.setdefault(kind, []).extend(names)
            shards.append({"file": file, **part})
        if not rows:
            raise ValueError(
                f"{section.where} holds no usable image: {bad_items}."
            )
        return {
            "images": len(rows),
            **section.summarize(rows),
            "index": self._index(section.name, rows),
            "shards": shards,
            "skipped": bad_items.skipped,
            "remarked": bad_items.remarked,
        }

    def _advance(self, count=1):
        self._done += count
        self._progress(self._done, self._total)

    def _shard(self, section, file, items, first_index):
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
            section.images,
            self._threads,
            self._advance,
        )
        found = BadItems()
        found.skipped = part["skipped"]
        found.enforce(self._on_bad_item, section.where)
        os.replace(temporary, path)
        write_json(description, part)
        return part

    def _index(self, split, rows):
        file = f"{split}-items.jsonl"
        path = os.path.join(self._folder, file)
        write_json_lines(path, rows)
        return {
            "file": file,
            "bytes": os.path.getsize(path),
            "sha256": file_sha256(path),
        }


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


def _finished(folder, kind, plan):
    manifest = read_manifest(folder, kind)
    _check_plan(folder, manifest["plan"], plan)
    for split in manifest["splits"].values():
        for file in (split["index"], *split["shards"]):
            check_file(folder, file, verify=False)
    return manifest


def _part(folder, file):
    return os.path.join(folder, _PARTS, file)
