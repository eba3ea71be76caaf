"""What lies in the folder of a run's pictures."""

import pathlib
import re

_PICTURE = re.compile(r"(?P<kind>.+)_(?P<step>\d{6,})\.png")
# The known kinds in the order of a page, with their headings.
_TITLES = {
    "grid": "Samples over time",
    "edits": "Edits over time",
    "edits_ab": "Edits from A to B over time",
    "edits_ba": "Edits from B to A over time",
    "colors": "Translations over time",
    "ab": "From A to B over time",
    "ba": "From B to A over time",
    "attention": "What the words look at",
    "masks": "Where the sentence is applied",
}
_STILL = {"reals": "Real images"}
_LISTS = {
    "captions": "Captions of the samples",
    "rows": "The rows, from the top",
}


def sample_files(folder):
    """Dict from kind ("grid", "attention", "reals") to pictures of a run.

    Files are called `<kind>_<step>.png`. A picture is (step, path), in order;
    the step is None for one that does not change.
    """
    pictures = {}
    for path in sorted(pathlib.Path(folder).glob("*.png")):
        match = _PICTURE.fullmatch(path.name)
        kind = match["kind"] if match else path.stem
        step = int(match["step"]) if match else None
        pictures.setdefault(kind, []).append((step, path))
    for series in pictures.values():
        series.sort(key=lambda picture: picture[0] or 0)
    return pictures


def sample_lists(folder):
    """What text files beside the pictures say: (title, list of str)."""
    folder = pathlib.Path(folder)
    paths = [(title, folder / f"{name}.txt") for name, title in _LISTS.items()]
    return [
        (title, path.read_text("utf-8").splitlines())
        for title, path in paths
        if path.exists()
    ]


def kinds_in_order(kinds):
    """Kinds of pictures as a page shows them, the known ones first."""
    kinds = list(dict.fromkeys(kinds))
    known = [kind for kind in _TITLES if kind in kinds]
    return known + [kind for kind in kinds if kind not in known]


def kind_title(kind):
    """The heading of a kind of pictures, str."""
    words = kind.replace("_", " ").capitalize()
    return {**_TITLES, **_STILL}.get(kind, words)
