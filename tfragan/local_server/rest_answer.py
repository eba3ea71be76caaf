"""Answers of a model as JSON."""

import base64
import json

from .errors import invalid
from .signatures import FILE_SUFFIX

_PLAIN_KINDS = "biuf"


def write_answer(outputs, by_rows, rows=None):
    """The body of an answer.

    Bytes are written as `{"b64": ...}` where the output's name ends in
    `_bytes`, and where they are not UTF-8. As with TensorFlow Serving, floats
    that are no numbers are written `NaN`, `Infinity` and `-Infinity`, which
    JSON proper does not know.

    Args:
        outputs: dict of name to array, at least one.
        by_rows: whether the request had the row format.
        rows: rows of the request.

    Returns:
        Bytes.

    Raises:
        RequestError: outputs cannot be given row by row, or not as JSON.
    """
    if by_rows:
        for name, array in outputs.items():
            if array.ndim == 0 or len(array) != rows:
                raise invalid(
                    f"instances: the output {name} has no row for each "
                    "instance; ask with inputs instead."
                )
    values = {name: _values(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        (answer,) = values.values()
    elif by_rows:
        answer = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        answer = values
    key = "predictions" if by_rows else "outputs"
    return json.dumps(
        {key: answer}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8")


def _values(name, array):
    if array.dtype.kind in _PLAIN_KINDS:
        return array.tolist()
    if array.dtype.kind != "O":
        raise invalid(
            f"{name}: {array.dtype} cannot be answered as JSON; gRPC can."
        )
    binary = name.endswith(FILE_SUFFIX)
    return _strings(array.tolist(), binary)


def _strings(value, binary):
    if isinstance(value, list):
        return [_strings(one, binary) for one in value]
    if not binary:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return {"b64": base64.b64encode(value).decode("ascii")}
