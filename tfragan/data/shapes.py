"""Generated pictures of captioned shapes, to see a model learn."""

import dataclasses
import hashlib
import itertools
import json
import os
import random
import re

import PIL.Image
import PIL.ImageDraw

from tfragan.data.bad_items import check_split
from tfragan.data.cache_folder import build_once
from tfragan.data.cache_folder import cache_folder
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.place import local_path

COLORS = {
    "red": (220, 30, 30),
    "green": (40, 170, 60),
    "blue": (40, 70, 220),
    "yellow": (250, 220, 40),
    "purple": (150, 50, 190),
    "black": (20, 20, 20),
}
BACKGROUND = (255, 255, 255)
SHAPES = ("circle", "square", "triangle")
SIZES = {"small": 0.24, "large": 0.38}
RELATIONS = {"above": "below", "left of": "right of"}

# Of the pairs of colored shapes, one in five is never trained on.
_TEST_SHARE = 0.2
_CENTERS = (0.27, 0.73)
_JITTER_ALONG = 0.03
_JITTER_ACROSS = 0.15
_OVERSAMPLING = 4


# Part of the folder's name: raise it whenever the pictures change.
_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Shape:
    """One shape of a scene.

    Attributes:
        color: Name of the color, a key of `COLORS`.
        shape: `"circle"`, `"square"` or `"triangle"`.
        size: `"small"` or `"large"`.
        box: `(x, y, width, height)` of the shape as fractions of the
            image's side, from its top left corner.
    """

    color: str
    shape: str
    size: str
    box: tuple[float, float, float, float]

    @property
    def rgb(self):
        """The color as 8-bit values (red, green, blue)."""
        return COLORS[self.color]

    def words(self, with_size=True):
        """The shape in words, such as `"a small red circle"`."""
        size = f"{self.size} " if with_size else ""
        return f"a {size}{self.color} {self.shape}"

    def pixel_box(self, image_size):
        """The box in whole pixels `(x, y, width, height)`."""
        left, top, width, height = self.box
        x, y = round(left * image_size), round(top * image_size)
        right = round((left + width) * image_size)
        bottom = round((top + height) * image_size)
        return x, y, right - x, bottom - y


@dataclasses.dataclass(frozen=True)
class ShapeScene:
    """Two shapes of different colors, one above or left of the other.

    Attributes:
        key: Name of the scene, unique.
        split: `"train"` or `"test"`.
        relation: `"above"` or `"left of"`; says where `first` is.
        first: The upper or left `Shape`.
        second: The lower or right `Shape`.
        class_name: The scene without its sizes. Scenes of one class share
            the captions that name no sizes.
    """

    key: str
    split: str
    relation: str
    first: Shape
    second: Shape
    class_name: str

    @property
    def shapes(self):
        """Both shapes, `(first, second)`."""
        return self.first, self.second

    @property
    def captions(self):
        """Four captions: from either shape, with and without sizes."""
        inverse = RELATIONS[self.relation]
        return tuple(
            caption
            for with_size in (True, False)
            for caption in (
                f"{self.first.words(with_size)} {self.relation} "
                f"{self.second.words(with_size)}",
                f"{self.second.words(with_size)} {inverse} "
                f"{self.first.words(with_size)}",
            )
        )

    def draw(self, image_size):
        """The scene as an RGB `PIL.Image.Image` with sides of `image_size`."""
        side = image_size * _OVERSAMPLING
        picture = PIL.Image.new("RGB", (side, side), BACKGROUND)
        canvas = PIL.ImageDraw.Draw(picture)
        for shape in self.shapes:
            _draw_shape(canvas, shape, side)
        return picture.resize(
            (image_size, image_size), PIL.Image.Resampling.BOX
        )


def shape_scenes(split, seed=0):
    """All scenes of a split, always the same and in the same order.

    There are 6 colors and 3 shapes. Of the 135 pairs of differently colored
    shapes, such as a red circle with a blue square, 27 are in the test split
    and never in the training split, in whatever order, relation or sizes.
    Each colored shape for itself is in both. A pair makes 16 scenes: two
    orders, two relations, two sizes each.

    Args:
        split: `"train"` (1,728 scenes) or `"test"` (432).
        seed: Integer that picks the held-out pairs and the exact places of
            the shapes.

    Returns:
        List of `ShapeScene`.

    Raises:
        ValueError: Unknown split.
    """
    check_split(split)
    pairs = sorted(_pairs(), key=lambda pair: _digest(seed, pair))
    test_pairs = set(pairs[: round(len(pairs) * _TEST_SHARE)])
    return [
        scene
        for pair in _pairs()
        if (pair in test_pairs) == (split == "test")
        for scene in _scenes_of_pair(pair, split, seed)
    ]


def class_names():
    """Names of the classes of all scenes, sorted."""
    return sorted(
        _class_name(relation, first, second)
        for pair in _pairs()
        for first, second in itertools.permutations(pair)
        for relation in RELATIONS
    )


def _pairs():
    """Unordered pairs of colored shapes whose colors differ."""
    colored = itertools.product(COLORS, SHAPES)
    return [
        pair
        for pair in itertools.combinations(colored, 2)
        if pair[0][0] != pair[1][0]
    ]


def _digest(*values):
    return hashlib.sha256(repr(values).encode()).hexdigest()


def _class_name(relation, first, second):
    return f"{' '.join(first)} {relation} {' '.join(second)}"


def _scenes_of_pair(pair, split, seed):
    choices = itertools.product(
        itertools.permutations(pair), RELATIONS, SIZES, SIZES
    )
    for (first, second), relation, first_size, second_size in choices:
        key = "-".join(
            (first_size, *first, *relation.split(), second_size, *second)
        )
        draw = random.Random(_digest(seed, key))
        boxes = _boxes(relation, (first_size, second_size), draw)
        yield ShapeScene(
            key=key,
            split=split,
            relation=relation,
            first=Shape(*first, first_size, boxes[0]),
            second=Shape(*second, second_size, boxes[1]),
            class_name=_class_name(relation, first, second),
        )


def _boxes(relation, sizes, draw):
    boxes = []
    for center, size in zip(_CENTERS, sizes, strict=True):
        side = SIZES[size]
        along = center + draw.uniform(-_JITTER_ALONG, _JITTER_ALONG)
        across = 0.5 + draw.uniform(-_JITTER_ACROSS, _JITTER_ACROSS)
        x, y = (across, along) if relation == "above" else (along, across)
        boxes.append((x - side / 2, y - side / 2, side, side))
    return boxes


def _draw_shape(canvas, shape, side):
    x, y, width, height = (round(number * side) for number in shape.box)
    # Pillow's ends are inclusive.
    right, bottom = x + width - 1, y + height - 1
    if shape.shape == "circle":
        canvas.ellipse((x, y, right, bottom), fill=shape.rgb)
    elif shape.shape == "square":
        canvas.rectangle((x, y, right, bottom), fill=shape.rgb)
    else:
        top = ((x + right) / 2, y)
        canvas.polygon((top, (x, bottom), (right, bottom)), fill=shape.rgb)


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
    folder = os.path.abspath(local_path(folder))
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
