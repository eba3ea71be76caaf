"""Any folder of images with captions of the user's own."""

import dataclasses
import hashlib
import os
import posixpath

from tfragan.data.bad_items import BadItems
from tfragan.data.caption_table import TABLES
from tfragan.data.caption_table import CaptionRow
from tfragan.data.caption_table import find_table
from tfragan.data.caption_table import read_table
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import inspected
from tfragan.data.flickr_splits import name_listed_splits
from tfragan.data.folder_classes import tell_classes
from tfragan.data.name_forms import match_names
from tfragan.data.name_forms import match_reported
from tfragan.data.source_files import IMAGE_EXTENSIONS
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import keep_inside
from tfragan.data.source_files import read_captions
from tfragan.data.source_files import relative_files
from tfragan.data.split_names import known_split
from tfragan.data.split_names import split_of

ALL = "all"
_TEXT = ".txt"
_OTHER_TEXT = "image with a text file of a name in another form"
# Folders that part images from their captions.
_KINDS = frozenset(
    ("images", "image", "imgs", "img", "pictures", "photos", "jpg", "png")
    + ("captions", "caption", "texts", "text", "txt", "prompts")
)

_SPLIT_ORDER = ("train", "test", "val")


def has_caption_files(folder):
    """Whether any image of a folder has a text file of its own."""
    texts = relative_files(folder, (_TEXT,))
    if not texts:
        return False
    return bool(_texts_of_images(folder, texts, BadItems()))


def read_caption_files(folder, bad_items, prefix=""):
    """Rows of the images of a folder, captions from `<image name>.txt`.

    Images whose captions are no text get no row. Returns a list of
    `CaptionRow`, without captions where there is no text file, and the text
    files that belong to no image. `prefix` goes before names in the report.
    """
    rows = []
    texts = relative_files(folder, (_TEXT,))
    text_of = _texts_of_images(folder, texts, bad_items, prefix)
    for image in relative_files(folder, IMAGE_EXTENSIONS):
        captions = []
        if image in text_of:
            path = os.path.join(folder, text_of[image])
            captions = read_captions(path, f"{prefix}{image}", bad_items)
            if captions is None:
                continue
        class_folder = os.path.dirname(image) or None
        split = _split_of_text(image, text_of.get(image, ""))
        rows.append(
            CaptionRow(image, captions, split=split, class_folder=class_folder)
        )
    used = set(text_of.values())
    return rows, [text for text in texts if text not in used]


def _split_of_text(image, text):
    """The split that only the folder of the captions names, or `None`."""
    folders = [path.split("/")[:-1] for path in (image, text)]
    of_image, of_text = (list(filter(known_split, one)) for one in folders)
    return of_text[0] if of_text and not of_image else None


def _texts_of_images(folder, texts, bad_items, prefix=""):
    """The text file of each image that has one."""
    text_of = {}
    bare = []
    for image in relative_files(folder, IMAGE_EXTENSIONS):
        text = f"{os.path.splitext(image)[0]}{_TEXT}"
        # Not among `texts`, which are files only.
        if os.path.exists(os.path.join(folder, text)):
            text_of[image] = text
        else:
            bare.append(image)
    used = set(text_of.values())
    free = {text[: -len(_TEXT)]: text for text in texts if text not in used}
    for names, images in (
        (free, {image: image for image in bare}),
        # As in images/1.jpg and captions/1.txt.
        (
            _without(free, _is_kind),
            _without({name: name for name in bare}, _is_kind),
        ),
    ):
        exact = {name: name for name in names if name in images}
        matches, _ = match_names(
            set(names) - set(exact), set(images) - set(exact)
        )
        found = {name: file for name, (file, _) in matches.items()}
        for name, file in {**exact, **found}.items():
            image = images[file]
            if image not in text_of:
                text_of[image] = names[name]
                bad_items.remark(_OTHER_TEXT, f"{prefix}{image}")
    # As in images/1.jpg and train/1.txt.
    kinds_only = {
        os.path.splitext(image)[0]: image
        for image in bare
        if image not in text_of
    }
    kinds_only.update(_without(kinds_only, _is_kind))
    used = set(text_of.values())
    for name, text in _without(free, _is_kind_or_split).items():
        image = kinds_only.get(name)
        if image is not None and text not in used:
            text_of[image] = text
            bad_items.remark(_OTHER_TEXT, f"{prefix}{image}")
    return text_of


def _is_kind(name):
    return name.lower() in _KINDS


def _is_kind_or_split(name):
    return _is_kind(name) or known_split(name) is not None


def _without(files, leaves_out):
    """Files by their names without folders such as `images/`, if unique."""
    by_name = {}
    for name, file in files.items():
        parts = name.split("/")
        inside = [part for part in parts[:-1] if not leaves_out(part)]
        if len(inside) < len(parts) - 1:
            by_name.setdefault("/".join([*inside, parts[-1]]), []).append(file)
    return {
        name: found[0] for name, found in by_name.items() if len(found) == 1
    }


def image_folder(
    folder,
    split="train",
    test_fraction=0.1,
    on_bad_item="skip",
    images="header",
):
    """Opens a folder of images with captions beside them.

    The captions stand in one of

    - `captions.jsonl`, a JSON object a line: `{"image": "a.jpg", "caption":
      "a red bird"}`, or `"captions"` with a list; optional are `"class"`,
      `"split"` and `"box"` (x, y, width, height in pixels);
    - `captions.csv` or `captions.tsv` with the columns `image` and
      `caption`, one row a caption, and the same optional columns; commas,
      semicolons, tabs or bars part the cells;
    - `<image>.txt` beside `<image>.jpg`, a caption a line; subfolders are
      then classes, where they tell any, see `folder_classes.tell_classes`.

    Images without a class are a class each, and so are all where there would
    be but one. What belongs to the split is said by subfolders `train/` and
    `test/` of whatever case, each like the above, or by `"split"`, or else
    the images are divided by a hash of their names, which stays the same when
    images are added.

    Args:
        folder: The folder.
        split: `"train"`, `"test"`, another split that the data names, or
            `"all"`.
        test_fraction: Share of the images for `"test"` where the data names
            no splits.
        on_bad_item: `"skip"` leaves bad items out and logs which,
            `"refuse"` raises.
        images: How images are checked, see `inspect_items`.

    Returns:
        A `CaptionedImages` whose keys are the paths within the folder.

    Raises:
        ValueError: No captions, a damaged table, an unknown split, no usable
            image, or a bad item under `"refuse"`.
    """
    folder = data_folder(folder, "image_folder")
    split = split if split == ALL else split_of(split)
    bad_items = BadItems()
    rows = _split_rows(folder, split, test_fraction, bad_items)
    class_ids, class_names = _classes(rows)
    items = [
        CaptionedImage(
            key=row.image,
            path=os.path.join(folder, row.image),
            captions=tuple(row.captions),
            class_id=class_id,
            box=row.box,
        )
        for row, class_id in zip(rows, class_ids, strict=True)
        if split in (ALL, row.split)
    ]
    items = keep_inside(items, folder, bad_items)
    name = os.path.basename(folder)
    return inspected(
        items, name, split, class_names, bad_items, on_bad_item, images
    )


def is_image_folder(folder):
    """Whether a folder has captions that `image_folder` reads."""
    places = [folder, *_split_folders(folder)]
    return any(map(find_table, places)) or has_caption_files(folder)


def _split_rows(folder, split, test_fraction, bad_items):
    """The rows of all splits, each with its split set."""
    if find_table(folder) is None and _split_folders(folder):
        rows = _rows_of_split_folders(folder, bad_items)
    else:
        rows = _read_rows(folder, "", bad_items)
        _name_splits(rows)
        rows = name_listed_splits(folder, rows, bad_items)
    # While splits that are drawn are not, as they may part two classes.
    _settle_classes(rows, bad_items)
    _draw_splits(rows, test_fraction)
    splits = sorted({row.split for row in rows})
    if rows and split not in (ALL, *splits):
        raise ValueError(
            f"{folder} has the splits {', '.join(splits)}. "
            f"Received: split={split!r}"
        )
    return rows


def _split_folders(folder):
    names = [name for name in os.listdir(folder) if known_split(name)]
    names.sort(key=lambda name: (_SPLIT_ORDER.index(split_of(name)), name))
    paths = [os.path.join(folder, name) for name in names]
    return [
        path
        for path in paths
        if os.path.isdir(path)
        and (find_table(path) is not None or has_caption_files(path))
    ]


def _rows_of_split_folders(folder, bad_items):
    rows = []
    for path in _split_folders(folder):
        name = os.path.basename(path)
        for row in _read_rows(path, f"{name}/", bad_items):
            image = posixpath.normpath(posixpath.join(name, row.image))
            rows.append(
                dataclasses.replace(row, image=image, split=split_of(name))
            )
    return _with_images_beside(folder, rows, bad_items)


def _with_images_beside(folder, rows, bad_items):
    """Rows of split folders whose images lie beside these, in any folder."""
    # A row says where its image would be in the folder of its split.
    names = {
        row.image: row.image.partition("/")[2]
        for row in rows
        if not os.path.exists(os.path.join(folder, row.image))
    }
    if not names:
        return rows
    places = tuple(
        f"{os.path.basename(path)}/" for path in _split_folders(folder)
    )
    beside = [
        file
        for file in relative_files(folder, IMAGE_EXTENSIONS)
        if not file.startswith(places)
    ]
    exact = set(names.values()) & set(beside)
    matches, unclear = match_reported(
        [name for name in names.values() if name not in exact],
        [file for file in beside if file not in exact],
        bad_items,
    )
    matches.update({file: file for file in exact})
    used = set(matches.values())
    for file in beside:
        if used and file not in used:
            bad_items.skip("image without captions", file)
    return [
        dataclasses.replace(
            row, image=matches.get(names.get(row.image), row.image)
        )
        for row in rows
        if names.get(row.image) not in unclear
    ]


def _read_rows(folder, prefix, bad_items):
    table = find_table(folder)
    if table is None:
        rows, orphans = read_caption_files(folder, bad_items, prefix)
        if not any(row.captions for row in rows) and not bad_items:
            raise ValueError(
                f"Captions are expected in {', '.join(TABLES)} or in one "
                f".txt an image. None is in {folder}."
            )
        for orphan in orphans:
            bad_items.skip("captions without an image", prefix + orphan)
        return rows
    read = read_table(table)
    read.report(bad_items, prefix)
    files = relative_files(folder, IMAGE_EXTENSIONS)
    rows = _with_names_of_files(folder, read.rows, files, bad_items, prefix)
    listed = {row.image for row in rows}
    listed.update(image for _, _, image in read.bad_rows)
    for image in files:
        if image not in listed:
            bad_items.skip("image without captions", prefix + image)
    return rows


def _with_names_of_files(folder, rows, files, bad_items, prefix):
    """Rows of a table with the names that their images have in the folder."""
    listed = {row.image for row in rows}
    known = set(files)
    missing = [
        row.image
        for row in rows
        if row.image not in known
        and not os.path.exists(os.path.join(folder, row.image))
    ]
    free = [file for file in files if file not in listed]
    matches, unclear = match_reported(missing, free, bad_items, prefix)
    return [
        dataclasses.replace(row, image=matches.get(row.image, row.image))
        for row in rows
        if row.image not in unclear
    ]


def _name_splits(rows):
    """Fills in the splits that folders name, the first or one below."""
    for row in rows:
        first, inside, _ = row.image.partition("/")
        if row.split is None and inside:
            row.split = known_split(first)
        row.split = row.split and split_of(row.split)
    if not any(row.split for row in rows):
        _name_splits_below(rows)


def _name_splits_below(rows):
    """As in `images/train/1.jpg` or `cats/Test/1.jpg`, if so for all."""
    folders = [row.image.split("/")[:-1] for row in rows]
    for depth in range(1, min(map(len, folders), default=0)):
        splits = [known_split(names[depth]) for names in folders]
        if None in splits or len(set(splits)) < 2:
            continue
        for row, split, names in zip(rows, splits, folders, strict=True):
            row.split = split
            if row.class_folder is not None:
                class_folders = names[:depth] + names[depth + 1 :]
                row.class_folder = "/".join(class_folders)
        return


def _draw_splits(rows, test_fraction):
    """Fills in the split of rows that do not name one."""
    open_rows = [row for row in rows if row.split is None]
    if not 0 <= test_fraction < 1:
        raise ValueError(
            "test_fraction has to be from 0 to below 1. "
            f"Received: test_fraction={test_fraction}"
        )
    if len(open_rows) < len(rows):
        # Where some rows name their split, the others are for training.
        test_fraction = 0
    for row in open_rows:
        row.split = "test" if _draw(row.image) < test_fraction else "train"
    if test_fraction and len(open_rows) > 1:
        _fill_empty_side(open_rows)


def _fill_empty_side(rows):
    rows = sorted(rows, key=lambda row: _draw(row.image))
    if rows[0].split != "test":
        rows[0].split = "test"
    if rows[-1].split != "train":
        rows[-1].split = "train"


def _draw(image):
    """A number in [0, 1) that depends on the name alone."""
    digest = hashlib.sha256(image.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def _settle_classes(rows, bad_items):
    """Makes folders classes where they tell any, and a single one none."""
    splits = {}
    for row in rows:
        splits.setdefault(row.split, []).append(row)
    folders = {row.class_folder for row in rows} - {None}
    if any(
        tell_classes([row.class_folder for row in part])
        for part in splits.values()
    ):
        for row in rows:
            row.class_name = row.class_name or row.class_folder
    elif folders:
        shown = ", ".join(sorted(folders)[:3]) + ", ..." * (len(folders) > 3)
        bad_items.note(
            f"The folders of images ({shown}) are not taken for classes: "
            "each image is its own."
        )
    names = {row.class_name for row in rows} - {None}
    several = any(map(_several_classes, splits.values()))
    if names and len(rows) > 1 and not several:
        shown = ", ".join(sorted(names)[:3])
        bad_items.note(
            f"All images of a split are of one class ({shown}), which tells "
            "none from another: each image is its own."
        )
        for row in rows:
            row.class_name = None


def _several_classes(rows):
    names = {row.class_name for row in rows}
    return len(names) > 1 or None in names


def _classes(rows):
    """Class id of each row, and the names of the classes or `None`."""
    names = sorted({row.class_name for row in rows} - {None})
    order = {name: place for place, name in enumerate(names)}
    class_ids = []
    unnamed = len(names)
    for row in rows:
        if row.class_name is None:
            class_ids.append(unnamed)
            unnamed += 1
        else:
            class_ids.append(order[row.class_name])
    return class_ids, names or None
