"""Features of images, computed once and kept by what they are of."""

import contextlib
import hashlib
import json
import logging
import tempfile
import time

import numpy as np

from tfragan.atomic_file import atomic_path
from tfragan.atomic_file import write_atomically
from tfragan.folder_lock import FolderInUseError
from tfragan.folder_lock import folder_lock
from tfragan.place import local_path

# Images between two things that are kept: what a kill loses at most.
_BLOCK = 256
# Between two looks at what another process computes, in seconds.
_PAUSE = 0.2


class FeatureCache:
    """Computes features block by block and keeps them in files.

    Features are found again by the hashes of the images, of the network's
    weights and of its protocol, whatever run or model they belong to. A
    computation that was interrupted goes on with the next block. Processes
    that are asked for the same at the same time share the blocks between
    them, on one machine or on several with one file system: each takes those
    that no other is at, and all of them get the whole. Memory does not grow
    with the number of images.

    Args:
        folder: where the files are; None for a temporary folder that is gone
            with this object.
        batch_size: images that a network takes at a time.
        progress: function of a text, the images done and all images, or None.
    """

    def __init__(self, folder=None, batch_size=16, progress=None):
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory()
            folder = self._temporary.name
        self._folder = local_path(folder)
        self._batch_size = batch_size
        self._progress = progress or (lambda *_: None)

    def features(self, source, *networks, text="features"):
        """Features of all images of a source.

        Each image is read or made once for all networks.

        Args:
            source: an `ImageSource`.
            *networks: each an `ImageFeatures`, or what has its `dim`, its
                `protocol()` and can be called like it.
            text: what is computed, for the progress.

        Returns:
            List with one float32 array `(images, dim)` a network, mapped from
            its file.
        """
        entries = [self._entry(source, network) for network in networks]
        self._compute(source, entries, text)
        return [entry.read() for entry in entries]

    def _entry(self, source, network):
        protocol = network.protocol()
        about = {"images": source.fingerprint, **protocol}
        text = json.dumps(about, sort_keys=True, indent=2)
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        folder = self._folder / name
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "about.json").exists():
            write_atomically(folder / "about.json", text + "\n")
        return _Entry(folder, network, len(source))

    def _compute(self, source, entries, text):
        blocks = range(0, len(source), _BLOCK)
        # First what is free, then what others were at: they may have died.
        for wait in (False, True):
            for start in blocks:
                missing = [each for each in entries if not each.has(start)]
                if not missing:
                    continue
                with _lock(missing[0].lock(start), wait) as mine:
                    if mine:
                        self._compute_block(source, entries, start)
                        self._progress(
                            text,
                            min(start + _BLOCK, len(source)),
                            len(source),
                        )
        for entry in entries:
            entry.join(blocks)

    def _compute_block(self, source, entries, start):
        # Another process may have done it before the lock was had.
        missing = [each for each in entries if not each.has(start)]
        if not missing:
            return
        stop = min(start + _BLOCK, len(source))
        images = source.images(start, stop)
        if len(images) != stop - start:
            raise ValueError(
                f"{type(source).__name__}: expected {stop - start} images, "
                f"received {len(images)}."
            )
        for entry in missing:
            entry.write(start, entry.network(images, self._batch_size))


class _Entry:
    """The files of one network and one source."""

    def __init__(self, folder, network, count):
        self.network = network
        self._folder = folder
        self._shape = (count, network.dim)
        self._whole = folder / "features.npy"

    def has(self, start):
        """Whether a block is there."""
        return self._whole.exists() or self._block(start).exists()

    def lock(self, start):
        """The file that says who is at a block."""
        return self._folder / f"{start}.lock"

    def write(self, start, features):
        """Keeps a block."""
        with atomic_path(self._block(start)) as beside:
            np.save(beside, np.asarray(features, np.float32))

    def join(self, blocks):
        """Makes one file of all blocks, once."""
        with _lock(self._folder / "join.lock", wait=True):
            if self._whole.exists():
                return
            with atomic_path(self._whole) as beside:
                joined = np.lib.format.open_memmap(
                    beside, "w+", np.float32, self._shape
                )
                for start in blocks:
                    part = np.load(
                        self._block(start), mmap_mode="r", allow_pickle=False
                    )
                    joined[start : start + len(part)] = part
                joined.flush()
            for path in self._folder.glob("[0-9]*"):
                path.unlink(missing_ok=True)

    def read(self):
        """All features, mapped."""
        if not self._shape[0]:
            return np.zeros(self._shape, np.float32)
        try:
            found = np.load(self._whole, mmap_mode="r", allow_pickle=False)
        except ValueError as error:
            raise ValueError(
                f"{self._whole}: expected stored features, received something "
                f"else ({error}); delete the folder."
            ) from error
        if found.shape != self._shape:
            raise ValueError(
                f"{self._whole}: expected features of shape {self._shape}, "
                f"received {found.shape}; delete the folder."
            )
        return found

    def _block(self, start):
        return self._folder / f"{start}.npy"


@contextlib.contextmanager
def _lock(path, wait):
    """Whether the lock of a file was had, waiting for it or not."""
    with contextlib.ExitStack() as stack:
        mine = False
        while not mine:
            try:
                stack.enter_context(folder_lock(path, f"{path} is held"))
                mine = True
            except FolderInUseError as error:
                if not wait:
                    break
                logging.getLogger("tfragan").debug("%s", error)
                time.sleep(_PAUSE)
        yield mine
