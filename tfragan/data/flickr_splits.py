"""The lists that come with Flickr8k: which image is for training or testing."""

import os

from tfragan.data.source_files import first_existing
from tfragan.data.source_files import read_lines

# The archive of the texts has a folder of its own.
PLACES = ("", "Flickr8k_text")
_LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "val": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}


def name_listed_splits(folder, rows, bad_items):
    """Sets the split of `CaptionRow` entries that a list in the folder names.

    Returns the rows; where there are lists, those that name their split or that
    a list names. `bad_items` gets a note.
    """
    split_of = {}
    for split, file in _LISTS.items():
        names = [os.path.join(place, file) for place in PLACES]
        path = first_existing(folder, names)
        for name in read_lines(path) if path else ():
            split_of[_name(name)] = split
    if not split_of:
        return rows
    for row in rows:
        row.split = row.split or split_of.get(_name(row.image))
    kept = [row for row in rows if row.split]
    note = f"Images are split by {_LISTS['train']} and the like"
    if len(kept) < len(rows):
        note += f", which leave out {len(rows) - len(kept):,} of them"
    bad_items.note(f"{note}.")
    return kept


def _name(image):
    return os.path.basename(image).casefold()
