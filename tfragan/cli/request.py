"""Asks a server for pictures of sentences or of image files.

The server is TensorFlow Serving with what `tfragan export` wrote, or one that
has its protocols. Arguments without a flag are images where they are files,
and captions otherwise; each image is asked for with each caption. Which of
them a model takes, and what else, --list shows. The pictures go to --output
under the names of image and caption, attention maps and other arrays beside
them as .npy; words are printed.

A server that is busy or not there is asked again a few times, within
--timeout. Bad input ends with exit status 2, a server that fails with 1.

Examples:
  tfragan request --host=localhost:8501 --model=birds --list
  tfragan request "a red bird" "a crow" --host=localhost:8501 --model=birds
  tfragan request "a red bird" --host=localhost:8500 --protocol=grpc \\
      --model=birds --signature=with_attention --seed=7
  tfragan request "a red bird" --host=localhost:8501 --model=masks \\
      --signature=with_masks
  tfragan request holiday.jpg --host=localhost:8501 --model=photos \\
      --signature=ba --output=translated
  tfragan request bird.jpg "this bird is red" --host=localhost:8501 \\
      --model=edit
  tfragan request bird.jpg "this bird is red" --host=https://example.com \\
      --model=colors --reference=forest.jpg
  tfragan request --input=caption="a red bird" --input=seed=3 \\
      --host=localhost:8501 --model=birds
"""

import collections
import contextlib
import dataclasses
import io
import itertools
import pathlib
import re

import numpy as np

from tfragan.atomic_file import write_atomically
from tfragan.cli import photo_inputs
from tfragan.cli.captions_in import read_captions
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.cli.file_names import UniqueNames
from tfragan.cli.file_names import file_name
from tfragan.cli.flags import Flag
from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import read_regular
from tfragan.serving import Client
from tfragan.serving import ServingError
from tfragan.serving import Tls
from tfragan.serving.client import reference_signature
from tfragan.serving.request_images import image_file

USAGE = "[IMAGE ...] [CAPTION ...] --host=ADDRESS --model=NAME"
FLAGS = {
    "host": Flag(
        "string",
        "the server: name and port, or a whole address with http://, "
        "https://, grpc:// or grpcs://",
        "HOST:PORT",
    ),
    "model": Flag("string", "the model's name on the server", "NAME"),
    "protocol": Flag(
        "choice",
        "how to ask a server that is named without http:// or the like",
        default="rest",
        choices=("rest", "grpc"),
    ),
    "list": Flag(
        "boolean", "print what the model can be asked for", default=False
    ),
    "model_version": Flag(
        "integer", "number of the version [default: the latest]", "N"
    ),
    "version_label": Flag(
        "string", "label of the version, in place of its number", "LABEL"
    ),
    "signature": Flag(
        "string",
        "what the model is asked for [default: serving_default; with "
        "--reference what takes it]",
        "NAME",
    ),
    "caption": photo_inputs.CAPTION,
    "captions_file": None,
    "image": Flag(
        "paths",
        "image file; may be repeated, or given without a flag",
        "FILE",
        [],
    ),
    "reference": Flag(
        "paths",
        "image file that gives background or style, one for all rows or one "
        "a row; may be repeated",
        "FILE",
        [],
    ),
    "labels": Flag(
        "strings",
        "for models guided by labels: ids with commas between; may be repeated",
        "ID,...",
        [],
    ),
    "seed": "seed of the first picture; each next one gets the next seed",
    "input": Flag(
        "strings",
        "any input of the signature by its name: text, @FILE for the bytes of "
        "a file, or a number or list in JSON; may be repeated, once a row",
        "NAME=VALUE",
        [],
    ),
    "batch_size": "pictures that are asked for at a time",
    "timeout": Flag("number", "seconds for each request", "SECONDS", 30.0),
    "ca_file": Flag(
        "path",
        "PEM file of the authorities to trust [default: the system's]",
        "FILE",
    ),
    "output": "folder of the pictures [default: answers]",
}
_SCHEMES = {"rest": "http", "grpc": "grpc"}
_OUTPUT = "answers"
# Of servers that say that the request is at fault, or are of another kind.
_BAD_INPUT = (
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
)
# The inputs that have a flag of their own.
_FLAGS = {
    "image_bytes": "image",
    "caption": "caption",
    "label_ids": "labels",
    "reference_bytes": "reference",
    "seed": "seed",
}
_BINARY = "_bytes"
_PICTURE = "image"
_ENDINGS = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg"}


def run(arguments):
    """Prints what a model can be asked for, or asks it and writes answers."""
    arguments.require("host", "model")
    if arguments.batch_size < 1:
        raise UsageError(
            f"--batch_size must be at least 1. Received: {arguments.batch_size}"
        )
    with _bad_input_is_ours(), _client(arguments) as client:
        metadata = client.metadata()
        if arguments.list:
            print(_table(metadata))
            return
        signature = _signature(arguments, metadata)
        rows = request_rows(arguments, signature)
        writer = AnswerWriter(arguments.output or _OUTPUT)
        for start in range(0, len(rows), arguments.batch_size):
            batch = rows[start : start + arguments.batch_size]
            columns = {
                key: [row.inputs[key] for row in batch]
                for key in batch[0].inputs
            }
            answer = client.predict(columns, signature=signature.name)
            writer.write([row.label for row in batch], answer)


@contextlib.contextmanager
def _bad_input_is_ours():
    """Turns what a server says of bad requests into `UsageError`."""
    try:
        yield
    except ServingError as error:
        if error.code in _BAD_INPUT:
            raise UsageError(str(error)) from error
        raise


def _client(arguments):
    address = arguments.host
    if "://" not in address:
        address = f"{_SCHEMES[arguments.protocol]}://{address}"
    elif "protocol" in arguments.given:
        scheme = address.partition("://")[0]
        if scheme.startswith("grpc") != (arguments.protocol == "grpc"):
            raise UsageError(
                f"--host={address}: expected an address of "
                f"--protocol={arguments.protocol}."
            )
    return Client(
        address,
        arguments.model,
        version=arguments.model_version,
        label=arguments.version_label,
        timeout=arguments.timeout,
        tls=Tls(ca_file=arguments.ca_file),
    )


def _signature(arguments, metadata):
    """The `Signature` that is asked for."""
    name = arguments.signature or "serving_default"
    if arguments.reference and not arguments.signature:
        name = reference_signature(metadata.signatures)
    if name in metadata.signatures:
        return metadata.signatures[name]
    if arguments.reference and not arguments.signature:
        raise UsageError(
            f"--reference is not used by {arguments.model!r}: none of its "
            "signatures takes it."
        )
    raise UsageError(
        f"--signature={name}: the model has no such."
        f"{did_you_mean(name, metadata.signatures)} Its signatures are: "
        f"{', '.join(metadata.signatures)}."
    )


def _table(metadata):
    """The signatures, one tensor a line, inputs beside outputs."""
    rows = [("signature", "input", "output")]
    for name, signature in metadata.signatures.items():
        inputs = map(str, signature.inputs.values())
        outputs = map(str, signature.outputs.values())
        rows += itertools.zip_longest([name], inputs, outputs, fillvalue="")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    version = (
        "" if metadata.version is None else f", version {metadata.version}"
    )
    return "\n".join([f"{metadata.model}{version}", "", *lines])


@dataclasses.dataclass(frozen=True)
class Row:
    """One picture to ask for: a dict of input name to value.

    The label is the image file and what guides, empty without.
    """

    label: tuple
    inputs: dict


def request_rows(arguments, signature):
    """The `Row`s of a command line for a `Signature`."""
    given = _given(arguments, signature)
    _check(given, signature)
    axes = [
        [(name, *one) for one in given.pop(name)]
        for name in ("image_bytes", "caption", "label_ids")
        if name in given
    ]
    # Of inputs without an axis of their own, as many as there are.
    count = max((len(values) for values in given.values()), default=1)
    repeats = 1 if axes else count
    rows = [
        Row(
            tuple(label for _, label, _ in chosen),
            {name: value for name, _, value in chosen},
        )
        for chosen in itertools.product(*axes)
        for _ in range(repeats)
    ]
    for name, values in given.items():
        _add(rows, name, [value for _, value in values])
    if "seed" in signature.inputs and "seed" not in given:
        _add(rows, "seed", [arguments.seed + n for n in range(len(rows))])
    return rows


def _given(arguments, signature):
    """Dict of input name to a list of pairs of label and value."""
    photos, captions = photo_inputs.split(arguments.caption)
    if arguments.captions_file:
        captions += read_captions(arguments.captions_file)
    files = [*arguments.image, *photos]
    given = {
        "image_bytes": [(file, image_file(file)) for file in files],
        "caption": [(text, text) for text in captions],
        "label_ids": [(text, _label_ids(text)) for text in arguments.labels],
        "reference_bytes": [
            (file, image_file(file)) for file in arguments.reference
        ],
    }
    for text in arguments.input:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--input={text}: expected NAME=VALUE.")
        info = signature.inputs.get(name)
        if info is None:
            raise UsageError(_no_such(f"--input={name}", signature))
        pair = value.removeprefix("@"), _value(info, text, value)
        given.setdefault(name, []).append(pair)
    if "seed" in arguments.given:
        if "seed" in given:
            raise UsageError("--seed and --input=seed=...: expected one.")
        if "seed" not in signature.inputs:
            raise UsageError(_no_such("--seed", signature))
    return {name: values for name, values in given.items() if values}


def _check(given, signature):
    """Refuses what the signature does not take, and asks for the rest."""
    for name in given:
        if name not in signature.inputs:
            raise UsageError(_no_such(f"--{_FLAGS[name]}", signature))
    for name, info in signature.inputs.items():
        if name not in given and name != "seed":
            flag = f"--{_FLAGS[name]}" if name in _FLAGS else f"--input={name}="
            raise UsageError(
                f"{flag} is required: signature {signature.name!r} takes "
                f"{info}."
            )


def _no_such(flag, signature):
    inputs = ", ".join(map(str, signature.inputs.values())) or "nothing"
    return (
        f"{flag} is not used by signature {signature.name!r}, which takes "
        f"{inputs}."
    )


def _add(rows, name, values):
    """Gives each row its value, or all of them the only one."""
    if len(values) not in (1, len(rows)):
        raise UsageError(
            f"{name}: expected 1 value or {len(rows)}, one a row, received "
            f"{len(values)}."
        )
    for place, row in enumerate(rows):
        row.inputs[name] = values[place if len(values) > 1 else 0]


def _value(info, text, value):
    if info.dtype == "string":
        if value.startswith("@"):
            return read_regular(local_path(value[1:]))
        return value
    try:
        return parse_json(value)
    except ValueError as error:
        raise UsageError(
            f"--input={text}: expected {info}, a number or a list in JSON."
        ) from error


def _label_ids(text):
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"--labels={text}: expected ids with commas between."
        ) from error


class AnswerWriter:
    """Writes answers under the names of what was asked, each file at once."""

    def __init__(self, output):
        self._output = pathlib.Path(output)
        self._stems = UniqueNames()
        # Names of different endings never meet.
        self._files = collections.defaultdict(UniqueNames)

    def write(self, labels, answer):
        """Writes and prints the rows of an answer.

        `labels` are what the rows were asked with, `answer` is a dict of output
        name to array, rows first.
        """
        rows = len(labels)
        whole = {
            name: array
            for name, array in answer.items()
            if not array.ndim or len(array) != rows
        }
        # The picture comes first, under the name of the row alone.
        names = sorted(
            set(answer) - set(whole),
            key=lambda name: (not name.startswith(_PICTURE), name),
        )
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
