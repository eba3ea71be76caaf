"""The flags that the verbs share which change photos as they are told."""

from tfragan.cli.errors import UsageError
from tfragan.cli.vocabulary import Flag

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
