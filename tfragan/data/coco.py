"""COCO captions, from the AttnGAN authors' lists or from COCO's own json."""

import glob
import os

from tfragan.data import attngan_metadata
from tfragan.data.bad_items import BadItems
from tfragan.data.captioned_image import CaptionedImage
from tfragan.data.inspection import inspected
from tfragan.data.source_files import caption_text
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import read_json

# COCO calls its second split "val"; the AttnGAN authors test on it.
_JSON_SPLITS = {"train": "train", "test": "val", "val": "val"}


def coco(
    folder,
    split="train",
    annotations=None,
    captions_per_image=5,
    on_bad_item="skip",
    images="header",
):
    """Opens COCO images with their captions; every image is its own class.

    Two layouts below `folder` are understood. The AttnGAN authors':

        train/filenames.pickle      names such as "COCO_train2014_00..."
        test/filenames.pickle
        images/<name>.jpg
        text/<name>.txt             captions, one a line; or captions.pickle

    and COCO's own, of any year:

        [annotations/]captions_train2014.json, captions_val2014.json
        train2014/*.jpg, val2014/*.jpg, or all below images/

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`; `"val"` is another name of `"test"`.
        annotations: Path of a COCO captions json to read instead of looking
            for one. Relative paths start at `folder`.
        captions_per_image: Captions taken of each image, the first ones.
        on_bad_item: `"skip"` leaves bad items out and logs which,
            `"refuse"` raises.
        images: How images are checked, see `inspect_items`.

    Returns:
        A `CaptionedImages`.

    Raises:
        ValueError: Neither layout is there, a file is damaged, no usable
            image, or a bad item under `"refuse"`.

    Reference: Lin et al., "Microsoft COCO", https://arxiv.org/abs/1405.0312
    """
    folder = data_folder(folder, "The COCO layout")
    if split not in _JSON_SPLITS:
        raise ValueError(
            'split has to be "train", "test" or "val" for the COCO layout. '
            f"Received: split={split!r}"
        )
    bad_items = BadItems()
    if annotations is None and attngan_metadata.has_metadata(folder):
        items = _from_lists(folder, split, captions_per_image, bad_items)
    else:
        path = _annotations_path(folder, split, annotations)
        items = _from_json(folder, path, captions_per_image, bad_items)
    return inspected(items, "coco", split, None, bad_items, on_bad_item, images)


def has_annotations(folder):
    """Whether a folder holds a captions json of COCO."""
    return any(_find_annotations(folder, name) for name in ("train", "val"))


def _from_lists(folder, split, captions_per_image, bad_items):
    split = "test" if split == "val" else split
    names = attngan_metadata.read_names(folder, split)
    class_ids = attngan_metadata.read_class_ids(folder, split, names)
    captions = attngan_metadata.read_captions(
        folder, split, names, captions_per_image, bad_items
    )
    images = os.path.join(folder, "images")
    return [
        CaptionedImage(
            name, os.path.join(images, f"{name}.jpg"), texts, class_id
        )
        for name, class_id, texts in zip(
            names, class_ids, captions, strict=True
        )
    ]


def _annotations_path(folder, split, annotations):
    if annotations is not None:
        path = os.path.expanduser(os.fspath(annotations))
        path = os.path.join(folder, path)
        if not os.path.exists(path):
            raise ValueError(f"There is no COCO captions json at {path}.")
        return path
    name = _JSON_SPLITS[split]
    found = _find_annotations(folder, name)
    if not found:
        raise ValueError(
            f"The COCO layout needs {split}/filenames.pickle or "
            f"captions_{name}*.json, also within annotations/. Neither is in "
            f"{folder}."
        )
    if len(found) > 1:
        raise ValueError(
            f"{folder} holds several captions of the {split} split: "
            f"{', '.join(os.path.basename(path) for path in found)}. Name "
            "the one to use by annotations=."
        )
    return found[0]


def _find_annotations(folder, name):
    return sorted(
        path
        for place in (folder, os.path.join(folder, "annotations"))
        for path in glob.glob(
            os.path.join(glob.escape(place), f"captions_{name}*.json")
        )
    )


def _from_json(folder, path, captions_per_image, bad_items):
    content = read_json(path)
    files = {
        row["id"]: row["file_name"]
        for row in _rows(content, "images", ("id", "file_name"), path)
    }
    captions = {}
    rows = _rows(content, "annotations", ("image_id", "caption"), path)
    for row in rows:
        texts = captions.setdefault(row["image_id"], [])
        texts.append(caption_text(row["caption"]))
    for image_id in captions.keys() - files.keys():
        bad_items.skip("captions of no listed image", f"image {image_id}")
    folders = _image_folders(folder, path)
    return [
        CaptionedImage(
            key=os.path.splitext(file)[0],
            path=_image_path(folders, file),
            captions=tuple(captions.get(image_id, ())[:captions_per_image]),
            class_id=place,
        )
        for place, (image_id, file) in enumerate(files.items())
    ]


def _rows(content, name, fields, path):
    kinds = {"file_name": str, "caption": str}
    rows = content.get(name) if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise ValueError(
            f'{path} has to hold a list "{name}", as COCO captions do.'
        )
    for place, row in enumerate(rows):
        missing = [
            field
            for field in fields
            if not isinstance(row, dict)
            or not isinstance(row.get(field), kinds.get(field, int | str))
        ]
        if missing:
            raise ValueError(
                f'{path}, "{name}" entry {place}, has no valid "{missing[0]}".'
            )
    return rows


def _image_folders(folder, path):
    """Folders in which the images of a captions json may lie."""
    stem = os.path.splitext(os.path.basename(path))[0]
    split = stem.removeprefix("captions_")
    places = (
        split,
        os.path.join("images", split),
        "images",
        "",
    )
    return [os.path.join(folder, place) for place in places]


def _image_path(folders, file):
    paths = [os.path.join(place, file) for place in folders]
    return next(filter(os.path.exists, paths), paths[0])
