"""CUB, COCO and Oxford-102 flowers in the layouts of their authors."""

import glob
import os

from tfragan.data.bad_items import SPLITS
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_split
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import inspected
from tfragan.data.folder_classes import tell_classes
from tfragan.data.karpathy_split import find_karpathy
from tfragan.data.karpathy_split import is_karpathy
from tfragan.data.karpathy_split import karpathy_items
from tfragan.data.name_forms import with_images_found
from tfragan.data.source_files import IMAGE_EXTENSIONS
from tfragan.data.source_files import caption_text
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import first_existing
from tfragan.data.source_files import has_image_name
from tfragan.data.source_files import is_decoded
from tfragan.data.source_files import is_inside
from tfragan.data.source_files import read_captions
from tfragan.data.source_files import read_json
from tfragan.data.source_files import read_lines
from tfragan.data.source_files import relative_files
from tfragan.data.split_names import folder_named
from tfragan.place import local_path

_LISTS = ("filenames.pickle", "filenames.txt")

_IMAGES = "CUB_200_2011"
_DOWNLOAD_SPLIT = "train_test_split.txt"

# COCO calls its second split "val"; the AttnGAN authors test on it.
_JSON_SPLITS = {"train": "train", "test": "val", "val": "val"}
TEXT_FOLDERS = ("text_c10", "text")
IMAGE_FOLDERS = ("jpg", "102flowers/jpg", "102flowers", "images")

_CLASS_LISTS = {
    "train": "trainvalclasses.txt",
    "test": "testclasses.txt",
    "trainonly": "trainclasses.txt",
    "val": "valclasses.txt",
}


def has_metadata(folder):
    """Whether a folder holds a list of names for one of the splits."""
    return any(
        first_existing(folder_named(folder, split), _LISTS) for split in SPLITS
    )


def has_download_split(folder):
    """Whether a folder holds CUB-200-2011 as it is downloaded."""
    return os.path.exists(os.path.join(folder, _IMAGES, _DOWNLOAD_SPLIT))


def _downloaded_names(folder, split):
    """Names of a split of CUB-200-2011 as it is downloaded."""
    in_training = _read_rows(folder, _DOWNLOAD_SPLIT, 2)
    flag = ["1" if split == "train" else "0"]
    return [
        _plain_name(file)
        for image_id, (file,) in _read_rows(folder, "images.txt", 2).items()
        if in_training.get(image_id) == flag
    ]


def _text_folder(folder):
    """Where the captions are, one file an image, or `None`."""
    for place in (folder, os.path.join(folder, _IMAGES)):
        for name in TEXT_FOLDERS[::-1]:
            path = os.path.join(place, name)
            if os.path.isdir(path):
                return path
    return None


def read_names(folder, split):
    """Names of a split's images, without extension, in the published order."""
    path = first_existing(folder_named(folder, split), _LISTS)
    if path is None:
        raise ValueError(
            f"The {split} split needs {split}/filenames.pickle or "
            f"{split}/filenames.txt. Neither is in {folder}."
        )
    if path.endswith(".txt"):
        return list(map(_plain_name, read_lines(path)))
    names = _read_pickle(path)
    if not isinstance(names, list) or not all(
        isinstance(name, str) for name in names
    ):
        raise ValueError(
            f"{path} has to hold a list of names. Received: {_described(names)}"
        )
    return list(map(_plain_name, names))


def _plain_name(name):
    """A name without extension, as published, with `/` between folders."""
    name = name.replace("\\", "/")
    return os.path.splitext(name)[0] if has_image_name(name) else name


def read_class_ids(folder, split, names):
    """The class id of each name of a split.

    Without `class_info.pickle` the class is taken from the folder in the
    name, `002.Laysan_Albatross/...`; names without a folder, or in folders
    that tell no classes, get a class each.
    """
    path = os.path.join(folder_named(folder, split), "class_info.pickle")
    if not os.path.exists(path):
        return _class_ids_from_folders(names)
    class_ids = _read_pickle(path)
    if (
        not isinstance(class_ids, list)
        or len(class_ids) != len(names)
        or not all(isinstance(class_id, int) for class_id in class_ids)
    ):
        raise ValueError(
            f"{path} has to hold a list of {len(names)} whole numbers, one "
            f"for each name of the split. Received: {_described(class_ids)}"
        )
    return class_ids


def captions_of_names(folder, split, names, captions_per_image, bad_items):
    """The captions of each name of a split, the first `captions_per_image`.

    Raw captions in `text/` are used where they are there, since they serve
    every kind of tokenizer; else the words of `captions.pickle`. Files of
    `text/` that belong to no listed name are reported. Each is a tuple, empty
    where a name has no captions, `None` where they are no text, which is
    reported.
    """
    texts = _text_folder(folder)
    if texts is not None:
        _report_unlisted(folder, texts, names, bad_items)
        return [
            _captions_in(texts, name, captions_per_image, bad_items)
            for name in names
        ]
    path = os.path.join(folder, "captions.pickle")
    if not os.path.exists(path):
        raise ValueError(
            "Captions are expected in text/<name>.txt or captions.pickle. "
            f"Neither is in {folder}."
        )
    return _tokenized_captions(path, split, names, captions_per_image)


def _captions_in(texts, name, captions_per_image, bad_items):
    path = os.path.join(texts, f"{name}.txt")
    # Lists may name files anywhere; their images are left out by name.
    if not is_inside(path, texts) or not os.path.exists(path):
        return ()
    lines = read_captions(path, name, bad_items)
    if lines is None:
        return None
    captions = [line for line in lines if any(map(str.isalnum, line))]
    if lines != [""] and len(captions) < captions_per_image:
        kind = f"image with fewer than {captions_per_image} captions"
        bad_items.remark(kind, name)
    # A file of blank lines is an empty caption, not a missing file.
    return tuple(captions[:captions_per_image]) or ("",)


def _report_unlisted(folder, texts, names, bad_items):
    listed = set(names)
    for split in SPLITS:
        if first_existing(folder_named(folder, split), _LISTS):
            listed.update(read_names(folder, split))
        elif has_download_split(folder):
            listed.update(_downloaded_names(folder, split))
    for path in relative_files(texts, (".txt",)):
        if path[: -len(".txt")] not in listed:
            bad_items.skip("captions of no listed image", path)


def _tokenized_captions(path, split, names, captions_per_image):
    from tfragan.text.captions_pickle import read_captions_pickle

    content = read_captions_pickle(path)
    captions = (
        content.train_captions if split == "train" else content.test_captions
    )
    if not captions:
        raise ValueError(
            f"{path} holds no {split} captions; {len(names)} images expect "
            "some. Those in text/<name>.txt would be read instead."
        )
    if not names or len(captions) % len(names):
        raise ValueError(
            f"{path} holds {len(captions)} {split} captions, which do not "
            f"divide evenly among the {len(names)} names of the split."
        )
    tokens = content.vocabulary.tokens
    per_name = len(captions) // len(names)
    taken = min(per_name, captions_per_image)
    return [
        tuple(
            " ".join(tokens[token_id] for token_id in token_ids if token_id)
            for token_ids in captions[start : start + taken]
        )
        for start in range(0, len(captions), per_name)
    ]


def _class_ids_from_folders(names):
    folders = [os.path.dirname(name) for name in names]
    if not all(folders):
        return list(range(len(names)))
    numbers = [folder.split(".")[0] for folder in folders]
    # Also where a split holds one class: the number is that of all splits.
    if all("." in folder for folder in folders) and all(
        number.isdigit() for number in numbers
    ):
        return [int(number) for number in numbers]
    if not tell_classes(folders):
        return list(range(len(names)))
    if all(number.isdigit() for number in numbers):
        return [int(number) for number in numbers]
    order = {folder: place for place, folder in enumerate(sorted({*folders}))}
    return [order[folder] for folder in folders]


def _read_pickle(path):
    from tfragan.convert.published_file import read_plain_pickle

    return read_plain_pickle(path)


def _described(value):
    if isinstance(value, list):
        kinds = sorted({type(entry).__name__ for entry in value})
        return f"a list of {len(value)} {'/'.join(kinds)}"
    return f"a {type(value).__name__}"


def cub(
    folder,
    split="train",
    captions_per_image=10,
    on_bad_item="skip",
    images="header",
):
    """Opens CUB-200-2011 with its captions, classes and bounding boxes.

    The layout below `folder`, as the AttnGAN code reads it:

        train/filenames.pickle      names such as "002.Laysan_Albatross/..."
        train/class_info.pickle     class id of each (test/ likewise)
        text/<name>.txt             captions, one a line
        CUB_200_2011/images/<name>.jpg
        CUB_200_2011/images.txt             <id> <name>.jpg
        CUB_200_2011/bounding_boxes.txt     <id> <x> <y> <width> <height>

    `filenames.txt`, one name a line, may stand in for `filenames.pickle`,
    and `captions.pickle` or `text_c10/` for `text/`. Without lists of names
    the split is that of the download, `CUB_200_2011/train_test_split.txt`.

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`.
        captions_per_image: Captions taken from each file, the first ones.
        on_bad_item: `"skip"` leaves bad items out and logs which,
            `"refuse"` raises.
        images: How images are checked, see `inspect_items`.

    Returns:
        A `CaptionedImages`; boxes are whole pixels, cut off as in the
        published code.

    Raises:
        ValueError: A file of the layout is missing or damaged, no usable
            image, or a bad item under `"refuse"`.

    Reference: Wah et al., "The Caltech-UCSD Birds-200-2011 Dataset"; captions
    by Reed et al., https://arxiv.org/abs/1605.05395
    """
    folder = data_folder(folder, "The CUB layout")
    check_split(split)
    bad_items = BadItems()
    if has_metadata(folder):
        names = read_names(folder, split)
    else:
        names = _downloaded_names(folder, split)
        bad_items.note(
            f"Images are split by {_DOWNLOAD_SPLIT}, as downloaded. Papers on "
            "captions test on classes of their own: train/filenames.pickle."
        )
    class_ids = read_class_ids(folder, split, names)
    boxes = _read_boxes(folder)
    captions = captions_of_names(
        folder, split, names, captions_per_image, bad_items
    )
    items = []
    for name, class_id, texts in zip(names, class_ids, captions, strict=True):
        if texts is None:
            continue
        if name not in boxes:
            bad_items.skip("image without a bounding box", name)
            continue
        path = os.path.join(folder, _IMAGES, "images", f"{name}.jpg")
        items.append(CaptionedImage(name, path, texts, class_id, boxes[name]))
    images_folder = os.path.join(folder, _IMAGES, "images")
    items = with_images_found(items, images_folder, bad_items)
    return inspected(
        items,
        "cub",
        split,
        _class_names(folder),
        bad_items,
        on_bad_item,
        images,
    )


def _read_boxes(folder):
    """Bounding boxes `(x, y, width, height)` by name."""
    files = _read_rows(folder, "images.txt", 2)
    boxes = _read_rows(folder, "bounding_boxes.txt", 5)
    path = os.path.join(folder, _IMAGES, "bounding_boxes.txt")
    by_name = {}
    for image_id, (file,) in files.items():
        if image_id not in boxes:
            continue
        try:
            box = tuple(int(float(number)) for number in boxes[image_id])
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"{path} has to give four numbers for image {image_id}. "
                f"Received: {' '.join(boxes[image_id])}"
            ) from error
        by_name[file.removesuffix(".jpg")] = box
    return by_name


def _read_rows(folder, file, columns):
    """Rows of a table of the CUB layout by their first column."""
    path = os.path.join(folder, _IMAGES, file)
    if not os.path.exists(path):
        raise ValueError(
            f"The CUB layout needs {_IMAGES}/{file}. It is not in {folder}."
        )
    rows = {}
    for line in read_lines(path):
        cells = line.split()
        if len(cells) != columns:
            raise ValueError(
                f"Each line of {path} has to hold {columns} columns. "
                f"Received: {line[:60]!r}"
            )
        rows[cells[0]] = cells[1:]
    return rows


def _class_names(folder):
    """Names indexed by class id; ids start at 1, so place 0 is empty."""
    path = os.path.join(folder, _IMAGES, "classes.txt")
    if not os.path.exists(path):
        return None
    names = {
        int(number): name
        for number, name in (
            line.split(maxsplit=1) for line in read_lines(path)
        )
    }
    return tuple(names.get(index, "") for index in range(max(names) + 1))


def coco(
    folder,
    split="train",
    annotations=None,
    captions_per_image=5,
    on_bad_item="skip",
    images="header",
):
    """Opens COCO images with their captions; every image is its own class.

    These layouts below `folder` are understood. The AttnGAN authors':

        train/filenames.pickle      names such as "COCO_train2014_00..."
        test/filenames.pickle
        images/<name>.jpg
        text/<name>.txt             captions, one a line; or captions.pickle

    and COCO's own, of any year:

        [annotations/]captions_train2014.json, captions_val2014.json
        train2014/*.jpg, val2014/*.jpg, or all below images/

    or Karpathy's `dataset_coco.json` (also of Flickr8k and Flickr30k), which
    has images for `"val"` and for `"test"`.

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`; `"val"` is another name of `"test"`.
        annotations: Path of a captions json of COCO, or of Karpathy's file,
            to read instead of looking for one. Relative paths start at
            `folder`.
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
    if annotations is None and has_metadata(folder):
        items = _from_lists(folder, split, captions_per_image, bad_items)
    else:
        items = _from_json(
            folder,
            _annotations_path(folder, split, annotations),
            split,
            captions_per_image,
            bad_items,
        )
    items = with_images_found(items, folder, bad_items)
    return inspected(items, "coco", split, None, bad_items, on_bad_item, images)


def has_annotations(folder):
    """Whether a folder holds a captions json of COCO."""
    return any(_find_annotations(folder, name) for name in ("train", "val"))


def _from_lists(folder, split, captions_per_image, bad_items):
    split = "test" if split == "val" else split
    names = read_names(folder, split)
    class_ids = read_class_ids(folder, split, names)
    captions = captions_of_names(
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
        if texts is not None
    ]


def _annotations_path(folder, split, annotations):
    if annotations is not None:
        path = local_path(annotations)
        path = os.path.join(folder, path)
        if not os.path.exists(path):
            raise ValueError(f"There is no COCO captions json at {path}.")
        return path
    karpathy = find_karpathy(folder)
    if karpathy is not None and not has_annotations(folder):
        return karpathy
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


def _from_json(folder, path, split, captions_per_image, bad_items):
    # A caption that is no text is the matter of its image only.
    content = read_json(path, keep_bytes=True)
    if is_karpathy(content):
        return karpathy_items(
            folder, path, content, split, captions_per_image, bad_items
        )
    # Some programs write the same ids as text in one list only.
    files = {
        str(row["id"]): row["file_name"]
        for row in _rows(content, "images", ("id", "file_name"), path)
    }
    captions = {}
    rows = _rows(content, "annotations", ("image_id", "caption"), path)
    for row in rows:
        image_id = str(row["image_id"])
        texts = captions.setdefault(image_id, [])
        if is_decoded(row["caption"]):
            texts.append(caption_text(row["caption"]))
        else:
            name = files.get(image_id, f"image {image_id}")
            bad_items.skip("caption that is not UTF-8", name)
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


def oxford_flowers(
    folder,
    split="train",
    captions_per_image=10,
    on_bad_item="skip",
    images="header",
):
    """Opens Oxford-102 in the layout of the captions' authors.

    The layout below `folder`:

        text_c10/class_00001/image_06734.txt    captions, one a line
        jpg/image_06734.jpg
        trainvalclasses.txt, testclasses.txt    "class_00001", one a line

    `text/` may stand in for `text_c10/`, and `images/` or `102flowers/` for
    `jpg/`.

    Args:
        folder: The data folder.
        split: `"train"` (82 classes of training and validation), `"test"`
            (20 other classes), or the two parts of the first, `"trainonly"`
            (`trainclasses.txt`) and `"val"` (`valclasses.txt`).
        captions_per_image: Captions taken from each file, the first ones.
        on_bad_item: `"skip"` leaves bad items out and logs which,
            `"refuse"` raises.
        images: How images are checked, see `inspect_items`.

    Returns:
        A `CaptionedImages`; class ids are those of Oxford-102, from 1.

    Raises:
        ValueError: A file of the layout is missing or damaged, no usable
            image, or a bad item under `"refuse"`.

    Reference: Nilsback and Zisserman, "Automated Flower Classification over
    a Large Number of Classes"; captions by Reed et al.,
    https://arxiv.org/abs/1605.05395
    """
    folder = data_folder(folder, "The Oxford-102 layout")
    if split not in _CLASS_LISTS:
        raise ValueError(
            f"split has to be one of {', '.join(_CLASS_LISTS)} for the "
            f"Oxford-102 layout. Received: split={split!r}"
        )
    texts = _needed(folder, TEXT_FOLDERS, "the captions")
    pictures = _needed(folder, IMAGE_FOLDERS, "the images")
    classes = _read_classes(folder, _CLASS_LISTS[split])
    bad_items = BadItems()
    items = []
    described = set()
    for text in relative_files(texts, (".txt",)):
        if text.count("/") != 1:
            continue
        class_name, name = text[: -len(".txt")].split("/")
        described.add(name)
        if class_name not in classes:
            continue
        key = f"{class_name}/{name}"
        captions = read_captions(os.path.join(texts, text), key, bad_items)
        if captions is None:
            continue
        items.append(
            CaptionedImage(
                key=key,
                path=os.path.join(pictures, f"{name}.jpg"),
                captions=tuple(captions[:captions_per_image]),
                class_id=classes[class_name],
            )
        )
    items = with_images_found(items, pictures, bad_items)
    for file in relative_files(pictures, IMAGE_EXTENSIONS):
        if os.path.splitext(file)[0] not in described:
            bad_items.skip("image without captions", file)
    _report_empty_classes(classes, items, bad_items)
    return inspected(
        items, "oxford_flowers", split, None, bad_items, on_bad_item, images
    )


def _report_empty_classes(classes, items, bad_items):
    found = {item.class_id for item in items}
    for class_name, class_id in classes.items():
        if class_id not in found:
            bad_items.skip("class without captions", class_name)


def _read_classes(folder, file):
    """Class ids by folder name, such as `{"class_00001": 1}`."""
    path = _needed(folder, (file,), "the classes of the split")
    classes = {}
    for line in read_lines(path):
        number = line.removeprefix("class_")
        if not number.isdigit():
            raise ValueError(
                f"Each line of {path} has to look like class_00001. "
                f"Received: {line[:60]!r}"
            )
        classes[line] = int(number)
    return classes


def _needed(folder, names, what):
    path = first_existing(folder, names)
    if path is None:
        raise ValueError(
            f"The Oxford-102 layout needs {' or '.join(names)} for {what}. "
            f"None is in {folder}."
        )
    return path
