"""What was wrong with a data set, and the checks when one is opened."""

import logging
import re

from tfragan.choice import check_choice

POLICIES = ("skip", "refuse")

_NAMES_SHOWN = 5
_LONGEST_NAME = 200

SPLITS = ("train", "test")

# What `EncodedImageReader` says before the path and the key of an image.
DAMAGED_IMAGE = "image that cannot be decoded:"
_DAMAGED = re.compile(
    rf"\[{DAMAGED_IMAGE}\] \[(?P<path>.*?)\] \[(?P<key>.*?)\]\n\t \[\[",
    re.DOTALL,
)


class BadItems:
    """Items of a data set that were skipped, or kept with a remark.

    Example:

    >>> report = BadItems()
    >>> report.skip("missing image", "a.jpg")
    >>> report.skip("missing image", "b.jpg")
    >>> report.skip("truncated JPEG", "c.jpg")
    >>> report.remark("gray image, read as RGB", "d.jpg")
    >>> print(report)  # doctest: +NORMALIZE_WHITESPACE
    3 items skipped: 2 missing image (a.jpg, b.jpg), 1 truncated JPEG
    (c.jpg); 1 item kept: 1 gray image, read as RGB (d.jpg)

    Attributes:
        skipped: Dict from kind, such as `"missing image"`, to the list of
            names left out for it.
        remarked: The same for items that were kept.
        notes: Sentences on how the data was understood, nothing bad.
    """

    def __init__(self):
        self.skipped = {}
        self.remarked = {}
        self.notes = []

    def skip(self, kind, name):
        """Notes that `name` is left out because of `kind`."""
        self.skipped.setdefault(kind, []).append(name)

    def remark(self, kind, name):
        """Notes that `name` is kept, although there is something to say."""
        self.remarked.setdefault(kind, []).append(name)

    def note(self, sentence):
        """Keeps a sentence on how the data was understood, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def add(self, other, prefix=""):
        """Adds everything another report holds, `prefix` before its names."""
        for sentence in other.notes:
            self.note(sentence)
        for mine, theirs in (
            (self.skipped, other.skipped),
            (self.remarked, other.remarked),
        ):
            for kind, names in theirs.items():
                mine.setdefault(kind, []).extend(
                    f"{prefix}{name}" for name in names
                )

    def __len__(self):
        """Number of items skipped."""
        return sum(len(names) for names in self.skipped.values())

    def __bool__(self):
        return bool(self.skipped or self.remarked)

    def __str__(self):
        parts = [
            _sentence(kinds, verb)
            for kinds, verb in (
                (self.skipped, "skipped"),
                (self.remarked, "kept"),
            )
            if kinds
        ]
        return "; ".join(parts) or "no bad items"

    def enforce(self, on_bad_item, where):
        """Logs the report of `where`, or refuses the data set because of it.

        With `"skip"` it logs a warning, with `"refuse"` it raises `ValueError`
        when there is anything to report.
        """
        check_policy(on_bad_item)
        if not self:
            return
        if on_bad_item == "refuse":
            text = str(self).replace(" skipped: ", " refused: ")
            text = text.replace(" kept: ", " to convert: ")
            raise ValueError(f"{where} is refused for its bad items. {text}.")
        subject = where.rstrip(",")
        logging.getLogger("tfragan").warning("%s: %s.", subject, self)


def check_policy(on_bad_item):
    """Raises `ValueError` unless the policy is one of `POLICIES`."""
    check_choice("on_bad_item", on_bad_item, POLICIES)


def _sentence(kinds, verb):
    total = sum(len(names) for names in kinds.values())
    listed = ", ".join(
        f"{len(names)} {kind} ({_shortened(names)})"
        for kind, names in kinds.items()
    )
    return f"{total} item{'s' * (total != 1)} {verb}: {listed}"


def _shortened(names):
    shown = ", ".join(
        name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
        for name in names[:_NAMES_SHOWN]
    )
    more = len(names) - _NAMES_SHOWN
    # Names of files need not be valid text.
    shown = shown.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"{shown} and {more} more" if more > 0 else shown


def damaged_image(error):
    """`(path, key)` of the image that batches could not be made of, or `None`.

    Takes a `tf.errors.OpError`, also one that came through `fit`.
    """
    found = _DAMAGED.search(str(error))
    return found and (found["path"], found["key"])


def check_split(split):
    """Raises `ValueError` unless the split is one of `SPLITS`."""
    check_choice("split", split, SPLITS)


def check_opening(split, on_bad_item, images):
    """Raises `ValueError` unless these say how to open a split."""
    check_policy(on_bad_item)
    check_split(split)
    check_inspection(images)


def check_inspection(images):
    """Raises `ValueError` unless it says how images are looked at."""
    check_choice("images", images, ("header", "decode"))
