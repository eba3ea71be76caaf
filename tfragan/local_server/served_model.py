"""The versions of one model: which are served, and what became of others."""

import dataclasses
import os
import pathlib

from .errors import RequestError
from .errors import not_found
from .request_json import shorten

AVAILABLE = "AVAILABLE"
LOADING = "LOADING"
UNLOADING = "UNLOADING"
END = "END"


@dataclasses.dataclass
class VersionState:
    """What the status of a version tells.

    Attributes:
        number: the version.
        state: one of the words of this module.
        error: the sentence of what went wrong, or "".
        loaded: the version in memory, or None.
        running: how many requests use it.
        fingerprint: of its files as they were last seen.
    """

    number: int
    state: str = LOADING
    error: str = ""
    loaded: object = None
    running: int = 0
    fingerprint: tuple = ()


class ServedModel:
    """The versions in a folder, of which the latest that loads is served.

    Versions that labels name are served as well. A version that is no longer
    wanted is closed when the last of its requests has ended.

    Args:
        name: of the model.
        folder: folder of the versions.
        labels: dict of label to version.
        load: coroutine function of a version's folder and number to what is
            loaded, which raises for versions that cannot be.
        close: function of what was loaded.
    """

    def __init__(self, name, folder, labels, load, close):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.labels = dict(labels)
        self.versions: dict[int, VersionState] = {}
        self.latest: int | None = None
        self._load = load
        self._close = close

    def find(self, version=None, label=None):
        """The state of a version that is served.

        Args:
            version: its number; by default the latest.
            label: its label, instead.

        Returns:
            A `VersionState`.

        Raises:
            RequestError: there is none.
        """
        number = self.latest if version is None else version
        if label is not None:
            if label not in self.labels:
                raise not_found(
                    f"{self.name}: there is no label {shorten(label)}."
                )
            number = self.labels[label]
        state = self.versions.get(number) if number is not None else None
        if state is None or state.state != AVAILABLE:
            if number is None:
                raise RequestError(
                    "UNAVAILABLE", f"{self.name}: no version is served."
                )
            raise not_found(f"{self.name}: the version {number} is not served.")
        return state

    def states(self, version=None, label=None):
        """The states that a status request asks for, the latest first."""
        if label is not None:
            if label not in self.labels:
                raise not_found(
                    f"{self.name}: there is no label {shorten(label)}."
                )
            version = self.labels[label]
        if version is not None:
            if version not in self.versions:
                raise not_found(f"{self.name}: there is no version {version}.")
            return [self.versions[version]]
        return [
            self.versions[number]
            for number in sorted(self.versions, reverse=True)
        ]

    def acquire(self, state):
        """Notes that a request uses a version."""
        state.running += 1

    def release(self, state):
        """Notes that a request has ended."""
        state.running -= 1
        self._close_unused(state)

    async def update(self):
        """Looks at the folder: loads, switches and retires."""
        present = version_folders(self.folder)
        for number in sorted(present, reverse=True):
            if await self._is_loaded(number, present[number]):
                latest = number
                break
        else:
            # Nothing better than what is served, if anything is.
            return
        labelled = {n for n in self.labels.values() if n in present}
        for number in labelled - {latest}:
            await self._is_loaded(number, present[number])
        self.latest = latest
        for number, state in list(self.versions.items()):
            if state.state == AVAILABLE and number not in {latest, *labelled}:
                state.state = UNLOADING
                self._close_unused(state)
            elif state.state == END and number not in present:
                del self.versions[number]

    async def _is_loaded(self, number, path):
        """Loads a version unless it is, or was found broken as it is."""
        state = self.versions.get(number)
        if state is not None and state.state == AVAILABLE:
            return True
        if state is not None and state.state == UNLOADING:
            # Wanted again before its last request has ended.
            state.state = AVAILABLE
            return True
        fingerprint = _fingerprint(path)
        if state is not None and state.fingerprint == fingerprint:
            return False
        state = VersionState(number, fingerprint=fingerprint)
        self.versions[number] = state
        try:
            state.loaded = await self._load(path, number)
        except Exception as error:
            state.state = END
            state.error = str(error)
            return False
        state.state = AVAILABLE
        return True

    def _close_unused(self, state):
        if state.state == UNLOADING and not state.running:
            state.state = END
            # So that it is loaded anew should it be wanted again.
            state.fingerprint = ()
            loaded, state.loaded = state.loaded, None
            self._close(loaded)


def version_folders(folder):
    """The versions in a folder: dict of number to path.

    Args:
        folder: folder of the versions, which need not exist.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        return {}
    return {
        int(entry.name): entry
        for entry in folder.iterdir()
        if entry.name.isascii() and entry.name.isdigit() and entry.is_dir()
        if int(entry.name) < 2**63
    }


def _fingerprint(path):
    """What changes when one of a version's files does."""
    found = []
    for folder, _, names in os.walk(path):
        for name in names:
            file = os.path.join(folder, name)
            try:
                status = os.stat(file)
            except OSError:
                continue
            found.append((file, status.st_size, status.st_mtime_ns))
    # Never what stands for a version that was closed.
    return ("files", *sorted(found))
