"""The body of a REST request to predict."""

import dataclasses

from .errors import invalid
from .request_json import kind_of
from .request_json import read_json
from .request_json import shorten
from .signatures import DEFAULT_SIGNATURE
from .tensor_values import is_base64
from .tensor_values import to_array

_KEYS = ("signature_name", "instances", "inputs")


@dataclasses.dataclass
class RestRequest:
    """What a body asks for.

    Attributes:
        signature: the `Signature` that is asked.
        arrays: dict of the input's name to array.
        by_rows: whether it was written, and is answered, row by row.
    """

    signature: object
    arrays: dict
    by_rows: bool


def parse_request(body, find_signature):
    """Reads a body in the row or the columnar format.

    Args:
        body: bytes.
        find_signature: function of a name to a `Signature`, which raises a
            `RequestError` for others.

    Returns:
        A `RestRequest`.

    Raises:
        RequestError: anything in it is not as it should be.
    """
    content = read_json(body)
    for key in content:
        if key not in _KEYS:
            raise invalid(
                f"body: expected the keys {', '.join(_KEYS)}, received "
                f"{shorten(key)}."
            )
    name = content.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise invalid(
            f"signature_name: expected a string, received {kind_of(name)}."
        )
    by_rows = "instances" in content
    if by_rows == ("inputs" in content):
        raise invalid(
            "body: expected either instances or inputs, received "
            f"{'both' if by_rows else 'neither'}."
        )
    signature = find_signature(name or DEFAULT_SIGNATURE)
    if by_rows:
        values = _columns(content["instances"], signature)
    else:
        values = _named(content["inputs"], signature, "inputs")
    arrays = {
        name: to_array(values[name], spec, name)
        for name, spec in signature.inputs.items()
    }
    return RestRequest(signature, arrays, by_rows)


def check_names(given, signature, where):
    """Refuses inputs that there are not, and the lack of others.

    Args:
        given: names.
        signature: a `Signature`.
        where: what the sentence begins with.
    """
    expected = ", ".join(signature.inputs) or "no inputs"
    for name in given:
        if name not in signature.inputs:
            raise invalid(
                f"{where}: there is no input {shorten(name)}; the signature "
                f"{signature.name} takes {expected}."
            )
    for name in signature.inputs:
        if name not in given:
            raise invalid(
                f"{where}: the input {name} is missing; the signature "
                f"{signature.name} takes {expected}."
            )


def _named(value, signature, where):
    """Dict of name to value, also of the only input without its name."""
    if isinstance(value, dict) and not is_base64(value):
        check_names(value, signature, where)
        return value
    if len(signature.inputs) != 1:
        raise invalid(
            f"{where}: expected an object of {', '.join(signature.inputs)}, "
            f"received {kind_of(value)}."
        )
    return {name: value for name in signature.inputs}


def _columns(instances, signature):
    """Dict of name to the list of all rows' values."""
    if not isinstance(instances, list):
        raise invalid(
            f"instances: expected a list, received {kind_of(instances)}."
        )
    if not instances:
        raise invalid("instances: expected at least one, received none.")
    columns: dict = {name: [] for name in signature.inputs}
    for place, instance in enumerate(instances):
        row = _named(instance, signature, f"instances[{place}]")
        for name, values in columns.items():
            values.append(row[name])
    return columns
