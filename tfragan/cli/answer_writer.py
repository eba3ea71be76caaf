"""What a server answered, as files."""

import collections
import io
import pathlib
import re

import numpy as np

from tfragan.atomic_file import write_atomically
from tfragan.cli.file_names import UniqueNames
from tfragan.cli.file_names import file_name
from tfragan.serving.request_images import image_file

_BINARY = "_bytes"
_PICTURE = "image"
_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg"}


class AnswerWriter:
    """Writes answers under the names of what was asked, each file at once.

    Args:
        output: the folder.
    """

    def __init__(self, output):
        self._output = pathlib.Path(output)
        self._stems = UniqueNames()
        # Names of different endings never meet.
        self._files = collections.defaultdict(UniqueNames)

    def write(self, labels, answer):
        """Writes and prints the rows of an answer.

        Args:
            labels: list of tuples of str, what the rows were asked with.
            answer: dict of output name to array, rows first.
        """
        rows = len(labels)
        whole = {
            name: array
            for name, array in answer.items()
            if not array.ndim or len(array) != rows
        }
        # The picture comes first, under the name of the row alone.
        names = sorted(set(answer) - set(whole), key=_order)
        for row, label in enumerate(labels):
            stem = self._stems.take(_stem(label))
            shown = ", ".join(label) or stem
            for name in names:
                print(self._line(stem, shown, name, answer[name][row]))
        for name, array in whole.items():
            print(self._line("answer", "all", name, array))

    def _line(self, stem, shown, name, value):
        """Writes a value; the line that says where, or what."""
        about = name.removesuffix(_BINARY)
        if isinstance(value, np.ndarray) and value.dtype == object:
            words = [_text(one) for one in value.reshape(-1)]
            return f"{shown}, {about}: {' '.join(filter(None, words))}"
        if isinstance(value, bytes) and not name.endswith(_BINARY):
            return f"{shown}, {about}: {_text(value)}"
        picture = about in (_PICTURE, "images")
        content, ending = _file(value, picture)
        file = self._files[ending].take(stem if picture else f"{stem}_{about}")
        path = write_atomically(self._output / f"{file}{ending}", content)
        return f"{shown}: {path}" if picture else f"{shown}, {about}: {path}"


def _file(value, picture):
    """A value as the content of a file, and what its name ends with."""
    if isinstance(value, bytes):
        for start, ending in _ENDINGS.items():
            if value.startswith(start):
                return value, ending
        return value, ".bin"
    if picture and value.dtype == np.uint8 and value.ndim == 3:
        return image_file(value), ".png"
    stream = io.BytesIO()
    np.save(stream, value)
    return stream.getvalue(), ".npy"


def _order(name):
    return not name.startswith(_PICTURE), name


def _stem(label):
    parts = [
        re.sub(r"[^\w-]", "_", pathlib.Path(text).stem)
        if pathlib.Path(text).is_file()
        else file_name(text)
        for text in label
    ]
    return "_".join(parts) or "answer"


def _text(value):
    return value.decode("utf-8", "replace")
