"""What `tfragan request` sends, row by row."""

import dataclasses
import itertools
import json
import pathlib

from tfragan.cli import photo_inputs
from tfragan.cli.captions_in import read_captions
from tfragan.cli.errors import UsageError
from tfragan.serving.request_images import image_file

# The inputs that have a flag of their own.
_FLAGS = {
    "image_bytes": "image",
    "caption": "caption",
    "label_ids": "labels",
    "reference_bytes": "reference",
    "seed": "seed",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """One picture to ask for.

    Attributes:
        label: tuple of str, the image file and what guides; empty without.
        inputs: dict of input name to value.
    """

    label: tuple
    inputs: dict


def request_rows(arguments, signature):
    """The rows of a command line.

    Args:
        arguments: the parsed command line of `tfragan request`.
        signature: the `Signature` that is asked for.

    Returns:
        List of `Row`.

    Raises:
        OSError: a file cannot be read.
        UsageError: an input is missing, of no use or not of its dtype.
        ValueError: an image file is none.
    """
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
        f"{flag} says nothing to signature {signature.name!r}, which takes "
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
            return pathlib.Path(value[1:]).read_bytes()
        return value
    try:
        return json.loads(value)
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
