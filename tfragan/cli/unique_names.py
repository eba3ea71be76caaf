"""Names of files that never meet, on any file system."""

import pathlib


class UniqueNames:
    """Gives out relative paths, each once."""

    def __init__(self):
        self._taken = set()

    def take(self, name):
        """The path itself, or with a number where it is taken.

        Args:
            name: a relative path, str.

        Returns:
            A str that differs from all before by more than case.
        """
        path = plain = pathlib.PurePosixPath(name)
        number = 1
        while folded(path) in self._taken:
            number += 1
            path = plain.with_name(f"{plain.name}_{number}")
        self._taken.add(folded(path))
        return str(path)


def folded(path):
    """A path as file systems see it that tell no small letters from capitals.

    Args:
        path: str or path.

    Returns:
        A str.
    """
    return str(path).casefold()
