"""CUB-200-2011 birds in the layout of the AttnGAN authors."""

import os

from tfragan.data import attngan_metadata
from tfragan.data.bad_items import BadItems
from tfragan.data.captioned_image import CaptionedImage
from tfragan.data.inspection import inspected
from tfragan.data.source_files import data_folder
from tfragan.data.source_files import read_lines

_IMAGES = "CUB_200_2011"


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
    and `captions.pickle` for `text/`.

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
    _check_split(split)
    names = attngan_metadata.read_names(folder, split)
    class_ids = attngan_metadata.read_class_ids(folder, split, names)
    boxes = _read_boxes(folder)
    bad_items = BadItems()
    captions = attngan_metadata.read_captions(
        folder, split, names, captions_per_image, bad_items
    )
    items = []
    for name, class_id, texts in zip(names, class_ids, captions, strict=True):
        if name not in boxes:
            bad_items.skip("image without a bounding box", name)
            continue
        file = f"{name}.jpg".split("/")
        path = os.path.join(folder, _IMAGES, "images", *file)
        items.append(CaptionedImage(name, path, texts, class_id, boxes[name]))
    return inspected(
        items,
        "cub",
        split,
        _class_names(folder),
        bad_items,
        on_bad_item,
        images,
    )


def _check_split(split):
    if split not in attngan_metadata.SPLITS:
        raise ValueError(
            'split has to be "train" or "test" for the CUB layout. '
            f"Received: split={split!r}"
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
