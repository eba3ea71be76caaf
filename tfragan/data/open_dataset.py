"""One function that opens any data set by name or folder."""

import os

from tfragan.data.avatars import avatars
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.emoji import emoji
from tfragan.data.image_folder import image_folder
from tfragan.data.image_folder import is_image_folder
from tfragan.data.karpathy_split import find_karpathy
from tfragan.data.published_layouts import TEXT_FOLDERS
from tfragan.data.published_layouts import coco
from tfragan.data.published_layouts import cub
from tfragan.data.published_layouts import has_annotations
from tfragan.data.published_layouts import has_download_split
from tfragan.data.published_layouts import has_metadata
from tfragan.data.published_layouts import oxford_flowers
from tfragan.data.records import is_prepared
from tfragan.data.records import records
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import first_existing
from tfragan.place import local_path


def _is_cub(folder):
    inside = os.path.isdir(os.path.join(folder, "CUB_200_2011"))
    return inside and (has_metadata(folder) or has_download_split(folder))


def _is_coco(folder):
    lists = has_metadata(folder) or has_annotations(folder)
    return lists or find_karpathy(folder) is not None


def _is_oxford_flowers(folder):
    lists = ("trainvalclasses.txt", "testclasses.txt")
    return bool(
        first_existing(folder, TEXT_FOLDERS) and first_existing(folder, lists)
    )


# In this order: the CUB layout, for one, also has the lists of COCO's, and
# either may have captions in a table beside.
_LAYOUTS = {
    "records": (is_prepared, records, "manifest.json"),
    "cub": (
        _is_cub,
        cub,
        "CUB_200_2011/ with train/filenames.pickle or .txt, or with "
        "train_test_split.txt",
    ),
    "coco": (
        _is_coco,
        coco,
        "train/filenames.pickle, or captions_train*.json",
    ),
    "oxford_flowers": (
        _is_oxford_flowers,
        oxford_flowers,
        "text_c10/ with trainvalclasses.txt",
    ),
    "image_folder": (
        is_image_folder,
        image_folder,
        "captions.jsonl, captions.csv, or one .txt an image",
    ),
}


def open_dataset(
    name_or_folder,
    split="train",
    layout="auto",
    on_bad_item="skip",
    images="header",
    **options,
):
    """Opens a data set by name or from a folder of any known layout.

    Args:
        name_or_folder: `"avatars"`, `"emoji"` (or `"emoji:noto"`),
            `"emoji:twemoji"` for the sets that come with the package, else a
            folder. `"./emoji"` is a folder.
        split: Name of the split, such as `"train"` or `"test"`.
        layout: `"auto"`, or one of `"records"`, `"cub"`, `"coco"`,
            `"oxford_flowers"` and `"image_folder"`.
        on_bad_item: `"skip"` leaves bad items out and logs which,
            `"refuse"` raises.
        images: `"header"` looks at the beginning and the end of each image,
            `"decode"` decodes it, `None` trusts it. Prepared data and the
            sets of the package are not looked at again.
        **options: Further arguments of the source, such as `test_fraction`
            of `image_folder`.

    Returns:
        A `CaptionedImages`.

    Raises:
        ValueError: No such name, folder or layout, or whatever the source
            refuses.

    Example:

    >>> dataset = open_dataset("emoji", "test")
    >>> len(dataset)
    320
    """
    built_in = _built_in(name_or_folder, split, options)
    if built_in is not None:
        return built_in
    folder = _folder(name_or_folder)
    if layout == "auto":
        layout = _detected(folder)
    if layout not in _LAYOUTS:
        raise ValueError(
            f"layout has to be auto or one of {', '.join(_LAYOUTS)}. "
            f"Received: layout={layout!r}"
        )
    _, source, _ = _LAYOUTS[layout]
    if source is not records:
        options = {**options, "on_bad_item": on_bad_item, "images": images}
    return source(folder, split, **options)


def _built_in(name, split, options) -> CaptionedImages | None:
    name = os.fspath(name)
    if name == "avatars":
        return avatars(split, **options)
    if name in ("emoji", "emoji:noto"):
        return emoji(split, **options)
    if name == "emoji:twemoji":
        return emoji(split, "twemoji", **options)
    return None


def _folder(name):
    path = local_path(name)
    if not os.path.isdir(path):
        raise ValueError(
            "A data set is avatars, emoji, emoji:twemoji, or a folder that "
            f"exists. Received: {os.fspath(name)!r}"
        )
    return data_folder(path, "A data set")


def _detected(folder):
    layout = _first_layout(folder)
    if layout is not None:
        return layout
    looked_for = "; ".join(
        f"{what} ({name})" for name, (_, _, what) in _LAYOUTS.items()
    )
    raise ValueError(
        f"{folder} has none of the known layouts. Looked for: {looked_for}."
        f"{_hint(folder)}"
    )


def _first_layout(folder):
    for name, (is_there, _, _) in _LAYOUTS.items():
        if is_there(folder):
            return name
    return None


def _hint(folder):
    """Names a subfolder that would do: archives often hold one folder."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not entry.name.startswith("."):
            layout = _first_layout(entry.path)
            if layout is not None:
                return f" {entry.path} looks like {layout}."
    return ""
