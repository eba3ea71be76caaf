"""Inputs that are made to break a served model, of every kind.

A server of any make hands a signature arrays of its types; what is not caught
before has to be refused by the graph, or answered.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"


def good_request(inputs, rows=1):
    """A request that is answered.

    Args:
        inputs: names of what the signature takes.
        rows: how many.

    Returns:
        Dict of name to array.
    """
    photo = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    stream = io.BytesIO()
    photo.save(stream, "PNG")
    values = {
        "caption": np.array([b"this bird is red with black wings"], object),
        "seed": np.array([7], np.int32),
        "image_bytes": np.array([stream.getvalue()], object),
        "reference_bytes": np.array([stream.getvalue()], object),
        "label_ids": np.array([[0]], np.int32),
        "size": np.array([16], np.int32),
        "truncation": np.array([0.5], np.float32),
    }
    return {name: np.repeat(values[name], rows, 0) for name in inputs}


def hostile_request(draw, inputs):
    """One hostile request.

    Args:
        draw: a `random.Random`.
        inputs: names of what the signature takes.

    Returns:
        Tuple of the kind, a dict of name to array, and whether it has to be
        refused; other requests may be answered.
    """
    kinds = {
        kind: one
        for kind, one in _KINDS.items()
        if one[0] is None or one[0] in inputs
    }
    if len(inputs) < 2:
        # Any number of rows is right.
        del kinds["rows of different number"]
    kind = draw.choice(sorted(kinds))
    name, make, refused = kinds[kind]
    request = good_request(inputs)
    if name is None:
        return kind, make(draw, request), refused
    values = make(draw)
    return kind, {**request, name: values}, refused


def _empty(draw, request):
    return {name: values[:0] for name, values in request.items()}


def _uneven(draw, request):
    name = draw.choice(sorted(request))
    return {**request, name: np.repeat(request[name], 3, 0)}


def _another_rank(draw, request):
    name = draw.choice(sorted(request))
    values = request[name]
    return {**request, name: draw.choice([values[None], values[0]])}


def _strings(*values):
    return np.array(values, object)


def _noise_caption(draw):
    return _strings(
        draw.choice(
            [
                draw.randbytes(draw.randrange(1, 4096)),
                b"\xff\xfe\x80",
                b"\x00" * 100,
                "\N{COMBINING ACUTE ACCENT}".encode() * 10_000,
                b"\xed\xa0\x80 bird",
            ]
        )
    )


def _seed(draw):
    return np.array([draw.choice([-(2**31), -1, 2**31 - 1])], np.int32)


def _truncation(draw):
    values = [float("nan"), float("inf"), 0.0, -1.0, 1.5]
    return np.array([draw.choice(values)], np.float32)


def _truncated_file(draw):
    stream = io.BytesIO()
    kind = draw.choice(["PNG", "JPEG"])
    Image.frombytes("L", (64, 64), draw.randbytes(64 * 64)).save(stream, kind)
    contents = stream.getvalue()
    return _strings(contents[: draw.randrange(len(contents) // 2)])


def _cut_bomb(draw):
    """A PNG that declares more pixels than it has."""
    side = draw.choice([1_000, 2_000, 2**31 - 1])
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(50_000))
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return _strings(
        _PNG
        + b"".join(
            struct.pack(">I", len(data))
            + name
            + data
            + struct.pack(">I", zlib.crc32(name + data))
            for name, data in parts
        )
    )


def _no_image(draw):
    return _strings(
        draw.choice(
            [
                b"",
                draw.randbytes(200),
                _PNG + draw.randbytes(200),
                b"GIF89a" + draw.randbytes(50),
            ]
        )
    )


# Kind to the input that is changed, None for all of them; how; and whether it
# has to be refused.
_KINDS = {
    "no rows": (None, _empty, False),
    "rows of different number": (None, _uneven, True),
    "another rank": (None, _another_rank, True),
    "noise for a caption": ("caption", _noise_caption, False),
    "ten megabytes of caption": (
        "caption",
        lambda draw: _strings(b"a bird " * 1_500_000),
        False,
    ),
    "extreme seeds": ("seed", _seed, False),
    "sizes out of range": (
        "size",
        lambda draw: np.array([draw.choice([0, -1, 2049, 2**31 - 1])], "int32"),
        True,
    ),
    "NaN and other truncations": ("truncation", _truncation, True),
    "labels that there are not": (
        "label_ids",
        lambda draw: np.array([[draw.choice([-1, 2**31 - 1])]], np.int32),
        True,
    ),
    "truncated image": ("image_bytes", _truncated_file, True),
    "image of more pixels than it has": ("image_bytes", _cut_bomb, True),
    "no image": ("image_bytes", _no_image, True),
}
