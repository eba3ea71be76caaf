"""Names of splits, however people spell them: `Train/`, `Testing/`, `VAL`."""

import os

_SPELLINGS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
}


def known_split(name):
    """The split that a name spells: `"train"`, `"test"`, `"val"` or `None`."""
    return _SPELLINGS.get(name.strip().casefold())


def split_of(name):
    """The split that a name spells, or the name itself as one of its own."""
    return known_split(name) or name


def folder_named(folder, name):
    """The path of a subfolder such as `"trainA"`, written in whatever case.

    The very name goes before others, and is the path where there is no folder.
    Several that are spelled like it are refused.
    """
    path = os.path.join(folder, name)
    if os.path.isdir(path) or not os.path.isdir(folder):
        return path
    alike = [
        found
        for found in sorted(os.listdir(folder))
        if found.casefold() == name.casefold()
        and os.path.isdir(os.path.join(folder, found))
    ]
    if len(alike) > 1:
        raise ValueError(
            f"{folder} has to hold one folder {name}. Received: "
            f"{', '.join(alike)}"
        )
    return os.path.join(folder, alike[0]) if alike else path
