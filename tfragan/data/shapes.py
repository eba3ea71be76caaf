"""Generated pictures of captioned shapes, to see a model learn."""

import json
import os
import re

from tfragan.data.cache_folder import build_once
from tfragan.data.cache_folder import cache_folder
from tfragan.data.captioned_image import CaptionedImage
from tfragan.data.captioned_image import CaptionedImages
from tfragan.data.shape_scenes import class_names
from tfragan.data.shape_scenes import shape_scenes

# Part of the folder's name: raise it whenever the pictures change.
_VERSION = 1


def shapes(split="train", folder=None, image_size=64, seed=0):
    """Opens pictures of two shapes, drawn when first asked for.

    A caption reads "a small red circle above a large blue square". Pairs of
    colored shapes in the test split never occur in training, see
    `shape_scenes`, whose entries are in the order of the items. Training
    does not mirror the pictures, as captions say "left of".

    The folder is also an `image_folder`: `images/` and `captions.jsonl`.

    Args:
        split: `"train"` (1,728 pictures) or `"test"` (432).
        folder: Where to write the pictures; `None` is the user's cache
            folder. An existing folder is read, not written.
        image_size: Side of the pictures in pixels, at least 16.
        seed: Integer that picks the held-out pairs and the exact places.

    Returns:
        A `CaptionedImages` whose keys are those of the scenes.

    Raises:
        ValueError: Unknown split, a size below 16, or a folder that holds
            something else.

    Example:

    >>> shapes("test")[0].captions[0]
    'a small red circle above a small green square'
    """
    if image_size < 16:
        raise ValueError(
            "image_size has to be at least 16 pixels for the shapes. "
            f"Received: image_size={image_size}"
        )
    scenes = shape_scenes(split, seed)
    name = f"shapes-{image_size}-seed{seed}-v{_VERSION}"
    if folder is None:
        folder = os.path.join(cache_folder(), name)
    folder = os.path.abspath(os.path.expanduser(os.fspath(folder)))
    build_once(folder, lambda path: _draw_all(path, name, image_size, seed))
    _check_name(folder, name)
    names = class_names()
    order = {class_name: place for place, class_name in enumerate(names)}
    items = [
        CaptionedImage(
            key=scene.key,
            path=os.path.join(folder, "images", f"{scene.key}.png"),
            captions=scene.captions,
            class_id=order[scene.class_name],
        )
        for scene in scenes
    ]
    return CaptionedImages(items, "shapes", split, names, mirrored_fits=False)


def parse_shapes_name(name):
    """The image size in `"shapes"` or `"shapes:32"`, else `None`."""
    match = re.fullmatch(r"shapes(?::(\d{1,4}))?", name)
    if match is None:
        return None
    return int(match[1] or 64)


def _draw_all(folder, name, image_size, seed):
    os.mkdir(os.path.join(folder, "images"))
    lines = []
    for split in ("train", "test"):
        for scene in shape_scenes(split, seed):
            file = f"images/{scene.key}.png"
            scene.draw(image_size).save(os.path.join(folder, file))
            row = {
                "image": file,
                "captions": scene.captions,
                "class": scene.class_name,
                "split": split,
            }
            lines.append(json.dumps(row) + "\n")
    with open(
        os.path.join(folder, "captions.jsonl"), "w", encoding="utf-8"
    ) as file:
        file.writelines(lines)
    with open(os.path.join(folder, "shapes.txt"), "w") as file:
        file.write(name)


def _check_name(folder, name):
    path = os.path.join(folder, "shapes.txt")
    found = "no shapes.txt"
    if os.path.exists(path):
        with open(path) as file:
            found = file.read()
    if found != name:
        raise ValueError(
            f"{folder} has to be a new folder, or one with {name}. "
            f"Received: one with {found}"
        )
