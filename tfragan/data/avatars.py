"""The embedded data set: 4,500 drawn faces with sentences and attributes."""

import dataclasses
import os

from tfragan.data.bad_items import check_split
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.image_split import EncodedImage
from tfragan.data.packaged_archive import unpacked
from tfragan.data.source_files import read_json_lines

_ARCHIVE = "avatars64.zip"

# What an avatar shows, in the order of labels. Caps, beanies, bald heads and
# buzzcuts have no color of hair, most faces no beard: "none".
ATTRIBUTES = {
    "background": (
        "gray",
        "light blue",
        "light green",
        "light yellow",
        "pink",
        "white",
    ),
    "beard": ("beardMustache", "goatee", "none", "shadow", "walrus"),
    "clothes": ("checkered", "rounded", "squared"),
    "clothes_color": (
        "black",
        "blue",
        "green",
        "orange",
        "purple",
        "red",
        "teal",
        "yellow",
    ),
    "eyes": ("glasses", "happy", "open", "sleep", "sunglasses"),
    "hair": (
        "bald",
        "beanie",
        "bobBangs",
        "bobCut",
        "buzzcut",
        "cap",
        "curly",
        "curlyBun",
        "curlyHighTop",
        "extraLong",
        "long",
        "mohawk",
        "pigtails",
        "shortCombover",
        "shortComboverChops",
        "sideShave",
        "straightBun",
    ),
    "hair_color": (
        "black",
        "blond",
        "blue",
        "brown",
        "green",
        "none",
        "pink",
        "red",
        "white",
    ),
    "mouth": ("bigSmile", "frown", "lips", "smile", "surprise"),
    "skin": ("brown", "dark", "pale", "tan"),
}


def avatars(split="train"):
    """Opens the avatars that come with the package, 64 x 64 pixels.

    They are unpacked to the user's cache folder on first use, so that this
    works without a network. There are 4,000 faces for training, and 500 for
    testing whose hair and color of hair, or shirt and background, never occur
    together in training: what is measured on them is composition.

    Each has five sentences, which leave out at random the background, the
    skin and the mouth. Each is a class of its own.

    Args:
        split: `"train"` or `"test"`.

    Returns:
        A `CaptionedImages` whose keys are names of files, as those of
        `avatar_attributes`.

    Raises:
        ValueError: Unknown split, or the cache folder cannot be written.

    Example:

    >>> avatars("test")
    <CaptionedImages 'avatars', split 'test': 500 images, 2054 captions, \
500 classes>

    Reference: Personas by Draftbit (CC BY 4.0), rendered with DiceBear. See
    NOTICE-avatars.txt beside this file.
    """
    check_split(split)
    folder = os.path.join(unpacked(_ARCHIVE), split)
    items = [
        CaptionedImage(
            key=row["file_name"],
            path=os.path.join(folder, row["file_name"]),
            captions=tuple(dict.fromkeys(row["captions"])),
            class_id=place,
        )
        for place, row in enumerate(_rows(folder))
    ]
    return CaptionedImages(items, "avatars", split, mirrored_fits=False)


def avatar_attributes(split="train"):
    """What each avatar shows, whatever its sentences say.

    Args:
        split: `"train"` or `"test"`.

    Returns:
        Dict from the keys of `avatars` to dicts from the names of
        `ATTRIBUTES` to one of their values.

    Raises:
        ValueError: Unknown split, or the cache folder cannot be written.
    """
    check_split(split)
    folder = os.path.join(unpacked(_ARCHIVE), split)
    return {row["file_name"]: row["attributes"] for row in _rows(folder)}


def avatar_domains(split="train"):
    """Avatars, and 1,500 faces in another style without sentences.

    Two lists of `EncodedImage`; there are 150 other faces for testing.

    Reference: Toon Head by Johan Melin (CC BY 4.0), see NOTICE-avatars.txt.
    """
    faces = list(avatars(split))
    others = os.path.join(unpacked(_ARCHIVE), f"{split}B")
    return faces, [
        EncodedImage(name, os.path.join(others, name))
        for name in sorted(os.listdir(others))
    ]


@dataclasses.dataclass(frozen=True)
class AvatarEdit:
    """An avatar, a change that is asked for, and the picture that is right.

    Attributes:
        source: The avatar as an `EncodedImage`.
        target: The same avatar after the change.
        attribute: Which of `ATTRIBUTES` changes.
        value: Its new value.
        phrase: The change in words, such as "an orange shirt".
        source_caption: A sentence about the source.
        target_caption: A sentence about the target.
        attributes: All attributes of the target.
    """

    source: EncodedImage
    target: EncodedImage
    attribute: str
    value: str
    phrase: str
    source_caption: str
    target_caption: str
    attributes: dict[str, str]


def avatar_edits():
    """The 300 edits of avatars whose right answers are known.

    Returns:
        List of `AvatarEdit`; the sources are of the kind of the test split.

    Raises:
        ValueError: The cache folder cannot be written.
    """
    folder = os.path.join(unpacked(_ARCHIVE), "edits")

    def image(name):
        return EncodedImage(name, os.path.join(folder, name))

    edits = []
    for row in _rows(folder, "edits.jsonl"):
        images = image(row.pop("source")), image(row.pop("target"))
        edits.append(AvatarEdit(*images, **row))
    return edits


def _rows(folder, name="captions.jsonl"):
    return [row for _, row in read_json_lines(os.path.join(folder, name))]
