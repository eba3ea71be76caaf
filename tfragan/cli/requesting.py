"""From the arguments of `tfragan request` to files."""

import contextlib

from tfragan.cli.answer_writer import AnswerWriter
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.cli.request_inputs import request_rows
from tfragan.serving import Client
from tfragan.serving import ServingError
from tfragan.serving import Tls

_SCHEMES = {"rest": "http", "grpc": "grpc"}
_OUTPUT = "answers"
# Of servers that say that the request is at fault.
_BAD_INPUT = ("INVALID_ARGUMENT", "NOT_FOUND", "OUT_OF_RANGE")


def request(arguments):
    """Prints what a model can be asked for, or asks it.

    Args:
        arguments: the parsed command line.

    Raises:
        UsageError: it, or the request, cannot be used as given.
        ServingError: the server failed.
    """
    if arguments.batch_size < 1:
        raise UsageError(
            f"--batch_size must be at least 1. Received: {arguments.batch_size}"
        )
    with _bad_input_is_ours(), _client(arguments) as client:
        metadata = client.metadata()
        if arguments.list:
            print(_table(metadata))
            return
        signature = _signature(arguments, metadata, client)
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


def _signature(arguments, metadata, client):
    """The `Signature` that is asked for."""
    name = arguments.signature or "serving_default"
    if arguments.reference and not arguments.signature:
        name = client.reference_signature()
    if name in metadata.signatures:
        return metadata.signatures[name]
    if arguments.reference and not arguments.signature:
        raise UsageError(
            f"--reference says nothing to {arguments.model!r}: none of its "
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
        inputs = [str(info) for info in signature.inputs.values()]
        outputs = [str(info) for info in signature.outputs.values()]
        for place in range(max(len(inputs), len(outputs), 1)):
            rows.append(
                (
                    "" if place else name,
                    inputs[place] if place < len(inputs) else "",
                    outputs[place] if place < len(outputs) else "",
                )
            )
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
