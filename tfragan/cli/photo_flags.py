"""The flags that the verbs share which change photos as they are told."""

import pathlib

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

INPUT = Flag(
    "strings",
    "photo or folder of photos; may be repeated",
    "PATH",
    [],
)
CAPTION = Flag(
    "strings",
    "a caption; may be repeated, or given without a flag. The name of a file "
    "in its place is that of a photo",
    "TEXT",
    [],
    positional=True,
)
LABELS = Flag(
    "strings",
    "for models guided by labels: one of each attribute, by name or id, with "
    "commas between; may be repeated",
    "LABEL,...",
    [],
)
ATTENTION = Flag(
    "boolean",
    "also draw what the words look at, in <output>_attention",
    default=False,
)
BATCH_SIZE = Flag(
    "integer",
    "pictures at a time; more are faster and may differ by one level",
    "N",
    1,
)


def check(arguments):
    """Raises `UsageError` for what no model can do."""
    arguments.require("workdir")
    if arguments.batch_size < 1:
        raise UsageError(
            f"--batch_size must be at least 1. Received: {arguments.batch_size}"
        )


def split(texts):
    """Tells photos from captions where both are given without a flag.

    Args:
        texts: list of str.

    Returns:
        Tuple of the list of the paths and that of the captions.

    Raises:
        UsageError: a text is named like a photo that is not there.
    """
    paths, captions = [], []
    for text in texts:
        if pathlib.Path(text).is_file():
            paths.append(text)
        elif text.lower().endswith(_ENDINGS):
            raise UsageError(f"there is no such photo: {text}")
        else:
            captions.append(text)
    return paths, captions
