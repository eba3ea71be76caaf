"""`dataset_coco.json` and the like: captions with Karpathy's splits."""

import os

from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.source_files import caption_text
from tfragan.data.source_files import first_existing
from tfragan.data.source_files import is_decoded

_FILES = (
    "dataset_coco.json",
    "dataset_flickr8k.json",
    "dataset_flickr30k.json",
)

# As papers train: what is left of the validation images is for training.
_SPLITS = {"train": ("train", "restval"), "val": ("val",), "test": ("test",)}


def find_karpathy(folder):
    """The path of Karpathy's file in a folder, or `None`."""
    for place in (folder, os.path.join(folder, "annotations")):
        path = first_existing(place, _FILES)
        if path is not None:
            return path
    return None


def is_karpathy(content):
    """Whether the content of a JSON file is that of Karpathy's."""
    rows = content.get("images") if isinstance(content, dict) else None
    return (
        isinstance(rows, list)
        and bool(rows)
        and isinstance(rows[0], dict)
        and "sentences" in rows[0]
    )


def karpathy_items(folder, path, content, split, captions_per_image, bad_items):
    """The `CaptionedImage` entries of a split, each its own class.

    Args:
        folder: The data folder, with the images in `filepath/filename` or
            anywhere below.
        path: Karpathy's file, for errors.
        content: What is in it, see `is_karpathy`.
        split: `"train"`, which has the images of `restval` too, `"val"` or
            `"test"`.
        captions_per_image: Captions taken of each image, the first ones.
        bad_items: `BadItems` report of captions that are no text.
    """
    items = []
    for place, row in enumerate(content["images"]):
        file, captions = _row(row, f'{path}, "images" entry {place},')
        if row["split"] not in _SPLITS[split]:
            continue
        if not all(map(is_decoded, captions)):
            bad_items.skip("caption that is not UTF-8", file)
            captions = list(filter(is_decoded, captions))
        items.append(
            CaptionedImage(
                key=os.path.splitext(file)[0],
                path=os.path.join(folder, file),
                captions=tuple(map(caption_text, captions))[
                    :captions_per_image
                ],
                class_id=place,
            )
        )
    return items


def _row(row, where):
    """The file of an image and its captions."""
    try:
        captions = [sentence["raw"] for sentence in row["sentences"]]
        file = os.path.join(row.get("filepath", ""), row["filename"])
        texts = [*captions, file, row["split"]]
    except (AttributeError, KeyError, TypeError):
        texts = [None]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(
            f'{where} has to hold the texts "filename" and "split", and '
            '"sentences" with a text "raw" each.'
        )
    return file, captions
