"""Names of the files that the command line writes."""

import collections
import pathlib
import re

_LONGEST_NAME = 60


class UniqueNames:
    """Gives out relative paths, each once."""

    def __init__(self):
        self._taken = set()

    def take(self, name):
        """The path itself, or with a number where it is taken.

        It differs from all before by more than case.
        """
        path = plain = pathlib.PurePosixPath(name)
        number = 1
        while folded(path) in self._taken:
            number += 1
            path = plain.with_name(f"{plain.name}_{number}")
        self._taken.add(folded(path))
        return str(path)


def folded(path):
    """A path as file systems see it that know no capital letters."""
    return str(path).casefold()


def output_names(keys):
    """Names without endings for what is made of images, all different.

    Images whose names differ in the ending only, or in case, keep the ending
    as `name_jpg`; what still is not unique gets a number. Keys and names are
    relative paths; names stay inside their folder.
    """
    paths = [_inside(key) for key in keys]
    stems = collections.Counter(folded(path.with_suffix("")) for path in paths)
    unique, names = UniqueNames(), []
    for path in paths:
        name = path.with_suffix("")
        if stems[folded(name)] > 1 and path.suffix:
            name = path.with_name(f"{path.stem}_{path.suffix[1:]}")
        names.append(unique.take(name))
    return names


def _inside(key):
    parts = [part for part in key.split("/") if part.strip(".")]
    return pathlib.PurePosixPath(*parts or ["_"])


def file_name(caption):
    """A caption as part of a file name: ASCII words and underscores."""
    words = re.findall(r"[A-Za-z0-9]+", caption.lower())
    return "_".join(words)[:_LONGEST_NAME].rstrip("_") or "caption"
