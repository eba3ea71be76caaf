"""Captions as the user gives them: flags, a file, or a data set's split."""

import dataclasses
import re

from tfragan.cli.errors import UsageError
from tfragan.cli.file_names import UniqueNames
from tfragan.cli.file_names import file_name
from tfragan.evaluation.caption_draw import draw_captions


@dataclasses.dataclass(frozen=True, slots=True)
class NamedCaption:
    """A caption and the name of the picture to make of it.

    The name is a relative path without ending, unique in a list; `key` is the
    image's in the data set, empty for other captions.
    """

    name: str
    caption: str
    key: str = ""


def captions_of_arguments(arguments):
    """The captions given by --caption and --captions_file, `NamedCaption`s."""
    captions = list(arguments.caption)
    if arguments.captions_file:
        captions += read_captions(arguments.captions_file)
    digits = max(4, len(str(len(captions))))
    return [
        NamedCaption(f"{place:0{digits}}_{file_name(caption)}", caption)
        for place, caption in enumerate(captions)
    ]


def read_captions(path):
    """The lines of a text file that are not blank.

    It is in UTF-8, or as its byte order mark says.
    """
    # These load TensorFlow, which `--help` does not wait for.
    from tfragan.data.source_files import UnreadableTextError
    from tfragan.data.source_files import read_lines

    try:
        captions = read_lines(path)
    except UnreadableTextError as error:
        raise UsageError(str(error)) from error
    if not captions:
        raise UsageError(f"{path} holds no caption.")
    return captions


def say_unknown(captions, tokenizer):
    """Prints what a `CaptionTokenizer` does not know of captions."""
    for sentence in tokenizer.remarks_on(captions):
        print(sentence)


def captions_of_dataset(dataset, per_image="first", count=0, seed=0):
    """Captions of images, named after the images and the caption's number.

    Each comes once at most, `count` in all: 0 for all, or where they are drawn
    (see `draw_captions`) for as many as there are images.
    """
    unique = UniqueNames()
    names = [unique.take(_safe_path(item.key)) for item in dataset]
    most = len(names)
    if per_image != "first":
        most = sum(len(item.captions) for item in dataset)
    drawn = draw_captions(dataset, min(count, most), seed, per_image)
    return [
        NamedCaption(
            f"{names[each.image]}_c{each.number}", each.caption, each.key
        )
        for each in drawn
    ]


def _safe_path(key):
    """A key as a relative path that stays inside its folder."""
    parts = [part for part in re.split(r"[/\\]", key) if part.strip(".")]
    return "/".join(re.sub(r"[^\w.-]", "_", part) for part in parts) or "_"
