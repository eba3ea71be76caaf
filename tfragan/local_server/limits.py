"""What a request may hold, checked before anything is computed."""

from .errors import RequestError
from .errors import invalid
from .image_header import image_size
from .signatures import FILE_SUFFIX
from .signatures import row_count
from .tensor_values import shape_text


def check_limits(arrays, signature, options):
    """Refuses what is too large.

    Args:
        arrays: dict of the input's name to array.
        signature: the `Signature` they are for.
        options: `Options`.

    Raises:
        RequestError: there are too many rows, a string is too long, or an
            image too large or without a readable header.
    """
    for name, array in arrays.items():
        spec = signature.inputs[name]
        if spec.has_rows and len(array) > options.max_rows:
            raise invalid(
                f"{name}: expected at most {options.max_rows} rows, received "
                f"{len(array)}."
            )
        if array.dtype != object:
            continue
        for value in array.flat:
            if name.endswith(FILE_SUFFIX):
                _check_image(value, name, options.max_image_side)
            elif len(value) > options.max_text:
                raise invalid(
                    f"{name}: expected strings of at most {options.max_text} "
                    f"bytes, received one of {len(value)}."
                )


def check_specs(arrays, signature):
    """Refuses arrays of another type or shape than the signature's.

    Args:
        arrays: dict of the input's name to array.
        signature: the `Signature` they are for.
    """
    for name, spec in signature.inputs.items():
        array = arrays[name]
        if spec.shape is None:
            continue
        if len(spec.shape) != array.ndim or any(
            expected not in (None, size)
            for size, expected in zip(array.shape, spec.shape, strict=True)
        ):
            raise invalid(
                f"{name}: expected shape {shape_text(spec.shape)}, received "
                f"{shape_text(array.shape)}."
            )


def cost(arrays):
    """How many rows a request counts for in a queue, at least one."""
    return max(1, row_count(arrays) or 1)


def body_too_large(options):
    """The `RequestError` of a body beyond the limit."""
    return RequestError(
        "INVALID_ARGUMENT",
        f"body: expected at most {options.max_body} bytes, received more.",
        http=413,
    )


def _check_image(value, name, longest):
    try:
        size = image_size(value)
    except ValueError as error:
        raise invalid(
            f"{name}: expected JPEG or PNG files, received {error}."
        ) from None
    if size is None:
        # What else there may be is for the model to judge.
        return
    width, height = size
    if max(size) > longest:
        raise invalid(
            f"{name}: expected images of at most {longest} x {longest} "
            f"pixels, received {width} x {height}."
        )
