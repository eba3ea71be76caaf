"""Presets by name: those of the package, and those of the Hugging Face Hub."""

import difflib
import importlib.resources
import pathlib
import re

from tfragan.place import PlaceError
from tfragan.place import local_path

_CONFIG = "config.json"
_HUB = "hf://"
_HUB_FORM = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
_NAME = re.compile(r"\w+")
# A repository may hold much more than a preset.
_HUB_FILES = ("config.json", "model.weights.h5", "vocabulary.txt", "README.md")


def preset_names():
    """The names of the presets that come with the package, a sorted list.

    Example:

    >>> "attngan_avatars" in preset_names()
    True
    """
    return sorted(folder.name for folder in _packaged())


def preset_folder(place):
    """The folder of a preset, wherever it is.

    Args:
        place: str or path: a folder; where there is none of this name, one
            of `preset_names()`; or `hf://user/repository`, with `@revision`
            after it or not, which `huggingface_hub` downloads once.

    Returns:
        A `pathlib.Path`. A folder is not looked into.

    Raises:
        PlaceError: there is no such name or repository.
        ImportError: `huggingface_hub` is not installed.

    Example:

    >>> preset_folder("attngan_avatars").name
    'attngan_avatars'
    """
    text = str(place)
    if text.startswith(_HUB):
        return _of_hub(text)
    path = local_path(place)
    if path.exists() or not _NAME.fullmatch(text):
        return path
    names = {folder.name: folder for folder in _packaged()}
    if text in names:
        return names[text]
    close = difflib.get_close_matches(text, names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise PlaceError(
        f"{text}: there is no such folder, and no such preset comes with the "
        f"package.{hint} Those that do: {', '.join(sorted(names))}."
    )


def _packaged():
    """The folders of the presets of the package."""
    here = pathlib.Path(str(importlib.resources.files("tfragan.presets")))
    return [path.parent for path in here.glob(f"*/{_CONFIG}")]


def _of_hub(address):
    name = address.removeprefix(_HUB)
    if not _HUB_FORM.fullmatch(name):
        raise PlaceError(
            f"{address}: expected hf://user/repository, with @revision after "
            "it or not."
        )
    try:
        import huggingface_hub
    except ImportError as error:
        raise ImportError(
            f"{address} needs huggingface_hub: pip install huggingface_hub."
        ) from error
    repository, _, revision = name.partition("@")
    try:
        folder = huggingface_hub.snapshot_download(
            repository,
            revision=revision or None,
            allow_patterns=list(_HUB_FILES),
        )
    except Exception as error:
        # Its errors are of many kinds, those of its transport among them.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise PlaceError(
            f"{address} cannot be downloaded: {reason[:200]}"
        ) from error
    return pathlib.Path(folder)
