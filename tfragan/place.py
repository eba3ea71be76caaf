"""Where the paths of a user lead: on this machine, or to another storage."""

import contextlib
import os
import pathlib
import re
import secrets
import urllib.parse

# One letter is a drive, and `pathlib` makes one slash of two.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+")
_HOST = re.compile(r"[^:]+://[^/]")
_VERSION = re.compile(r"[1-9][0-9]*")
# As TensorFlow Serving counts.
LAST_VERSION = 2**63 - 1


class PlaceError(ValueError):
    """A path that leads nowhere, or to where this cannot be read or written."""


def local_path(place):
    """A path on this machine; another place is a `PlaceError`.

    `~` and `~name` are home folders, `file:///data` is `/data`.

    Example:

    >>> local_path("file:///data/birds").as_posix()
    '/data/birds'
    """
    text = os.fsdecode(place)
    scheme, rest = _split(text)
    if scheme == "file" and not _HOST.match(text):
        return pathlib.Path("/", urllib.parse.unquote(rest))
    if scheme:
        raise PlaceError(
            f"{text}: expected a path on this machine; to other storages "
            "only `tfragan export` writes."
        )
    path = os.path.expanduser(text)
    if path.startswith("~"):
        raise PlaceError(
            f"{text}: there is no such user; a folder of this name is ./{text}."
        )
    return pathlib.Path(path)


def storage_address(place):
    """The address of a storage that TensorFlow writes to, tried by writing.

    A str such as `"gs://bucket/birds"`; None for a path on this machine.
    """
    scheme, rest = _split(os.fsdecode(place))
    if scheme in ("", "file"):
        return None
    import tensorflow as tf

    address = f"{scheme}://{rest}".rstrip("/")
    probe = f"{address}/.{secrets.token_hex(4)}"
    try:
        tf.io.gfile.makedirs(address)
        with tf.io.gfile.GFile(probe, "wb") as file:
            file.write(b"tfragan")
        tf.io.gfile.remove(probe)
    except tf.errors.OpError as error:
        raise PlaceError(
            f"{address} cannot be written: {error_reason(error)}"
        ) from error
    return address


def _split(text):
    """The scheme of an address and what follows; "" and the text of a path."""
    match = _SCHEME.match(text)
    return (match[1].lower(), text[match.end() :]) if match else ("", text)


def version_numbers(folder):
    """Numbers of the versions in a folder, rising.

    A version is a folder named by a whole number from 1 to `LAST_VERSION`,
    without zeros before it. The folder, maybe in another storage, may be
    missing.
    """
    if isinstance(folder, str):
        import tensorflow as tf

        names = [name.rstrip("/") for name in tf.io.gfile.listdir(folder)]
    elif folder.is_dir():
        names = [entry.name for entry in folder.iterdir() if entry.is_dir()]
    else:
        names = []
    numbers = [int(name) for name in names if _VERSION.fullmatch(name)]
    return sorted(number for number in numbers if number <= LAST_VERSION)


@contextlib.contextmanager
def written_by_tensorflow(place):
    """A context in which what cannot be written is an `OSError` of it."""
    import tensorflow as tf

    try:
        yield
    except (OSError, tf.errors.OpError) as error:
        raise OSError(
            f"{place} cannot be written: {error_reason(error)}"
        ) from error


def error_reason(error):
    """What an error says, without the names that TensorFlow adds; a line."""
    text = getattr(error, "strerror", None) or str(error)
    text = re.sub(r"\{\{.*?\}\} ?| \[Op:\w+\]", "", text).strip()
    return (text or type(error).__name__).splitlines()[0]
