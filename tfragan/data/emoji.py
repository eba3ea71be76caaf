"""The embedded data set: 1,906 emoji with names and keywords."""

import os
import re

from tfragan.choice import check_choice
from tfragan.data.bad_items import check_split
from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.packaged_archive import unpacked
from tfragan.data.source_files import read_json_lines

VENDORS = ("noto", "twemoji")
_ARCHIVE = "emoji64.zip"
_NAME_AND_KEYWORDS = 3
_KEYWORDS_ALONE = 2
_MIN_KEYWORDS_ALONE = 3


def emoji(split="train", vendor="noto"):
    """Opens the emoji that come with the package, 64 x 64 pixels on white.

    They are unpacked to the user's cache folder on first use, so that this
    works without a network. There are 1,586 emoji for training and 320 for
    testing; variants of one emoji are on one side.

    The first caption is the Unicode name, such as "red heart"; up to five
    more join it with keywords or consist of keywords.

    The class is the Unicode subcategory ("face-smiling", one of 98). Within
    one, a caption such as "face, smile" often fits several pictures, which
    should not count as mismatched pairs. The nine categories would be too
    wide for that: one pair in eight would be of the same class, against one
    in thirty. Training does not mirror the pictures, as there are flags,
    letters, arrows and clocks among them.

    Args:
        split: `"train"` or `"test"`.
        vendor: `"noto"` (Google) or `"twemoji"` (Twitter), who drew them.

    Returns:
        A `CaptionedImages` whose keys are code points in hex, the same for
        both vendors.

    Raises:
        ValueError: Unknown split or vendor, or the cache folder cannot be
            written.

    Example:

    >>> hearts = [e for e in emoji() if e.captions[0] == "red heart"]
    >>> hearts[0].key, hearts[0].captions
    ('2764-fe0f', ('red heart', 'red heart, emotion', 'red heart, love', \
'emotion, heart, love, red'))

    Reference: Unicode CLDR annotations; Noto Emoji (Apache-2.0), Twemoji
    (CC BY 4.0). See NOTICE-emoji.txt beside this file.
    """
    check_choice("vendor", vendor, VENDORS)
    rows = _rows_of(split)
    folder = unpacked(_ARCHIVE)
    class_names = sorted({row["subcategory"] for row in _rows()})
    class_ids = {name: place for place, name in enumerate(class_names)}
    items = [
        CaptionedImage(
            key=row["id"],
            path=os.path.join(folder, vendor, f"{row['id']}.png"),
            captions=_captions(row["name"], row["keywords"]),
            class_id=class_ids[row["subcategory"]],
        )
        for row in rows
    ]
    return CaptionedImages(
        items, f"emoji:{vendor}", split, class_names, mirrored_fits=False
    )


def emoji_categories(split="train"):
    """Dict from the keys of `emoji` to categories, such as "Smileys & Emotion".

    There are nine.
    """
    return {row["id"]: row["category"] for row in _rows_of(split)}


def _rows_of(split):
    check_split(split)
    return [row for row in _rows() if row["split"] == split]


def _rows():
    path = os.path.join(unpacked(_ARCHIVE), "captions.jsonl")
    return [row for _, row in read_json_lines(path)]


def _captions(name, keywords):
    """Up to six captions: the name, name with keywords, keywords alone."""
    captions = [name]
    named = _words(name)
    new = [keyword for keyword in keywords if not _words(keyword) <= named]
    # Every third keyword: neighbors in the alphabet often say the same.
    for start in range(min(_NAME_AND_KEYWORDS, len(new))):
        captions.append(", ".join([name, *new[start::_NAME_AND_KEYWORDS]]))
    halves = min(_KEYWORDS_ALONE, len(keywords) // _MIN_KEYWORDS_ALONE)
    for start in range(halves):
        captions.append(", ".join(keywords[start::halves]))
    return tuple(dict.fromkeys(captions))


def _words(text):
    return set(re.findall(r"\w+", text.lower()))
