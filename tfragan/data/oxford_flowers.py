"""Oxford-102 flowers with the captions of Reed et al."""

import os

from tfragan.data.bad_items import BadItems
from tfragan.data.captioned_image import CaptionedImage
from tfragan.data.inspection import inspected
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import first_existing
from tfragan.data.source_files import read_lines
from tfragan.data.source_files import relative_files

TEXT_FOLDERS = ("text_c10", "text")
IMAGE_FOLDERS = ("jpg", "102flowers/jpg", "102flowers", "images")
_CLASS_LISTS = {
    "train": "trainvalclasses.txt",
    "test": "testclasses.txt",
    "trainonly": "trainclasses.txt",
    "val": "valclasses.txt",
}


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
        items.append(
            CaptionedImage(
                key=f"{class_name}/{name}",
                path=os.path.join(pictures, f"{name}.jpg"),
                captions=_captions(texts, text, captions_per_image),
                class_id=classes[class_name],
            )
        )
    for file in relative_files(pictures, (".jpg",)):
        if os.path.splitext(file)[0] not in described:
            bad_items.skip("image without captions", file)
    _report_empty_classes(classes, items, bad_items)
    return inspected(
        items, "oxford_flowers", split, None, bad_items, on_bad_item, images
    )


def _captions(texts, text, captions_per_image):
    lines = read_lines(os.path.join(texts, text))
    return tuple(lines[:captions_per_image]) or ("",)


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
