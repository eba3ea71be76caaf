"""Requests that are made to break a server, with the codes that they get."""

import base64
import io
import json
import struct
import zlib

from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"


def hostile_request(draw, inputs):
    """One hostile request for the default signature.

    Args:
        draw: a `random.Random`.
        inputs: names of what the signature takes.

    Returns:
        Tuple of the kind, the body as bytes, and the codes that are right.
    """
    kinds = dict(_KINDS)
    if "image_bytes" in inputs:
        kinds.update(_OF_IMAGES)
    kind = draw.choice(sorted(kinds))
    make, codes = kinds[kind]
    return kind, make(draw, inputs), codes


def good_request(inputs, size=64):
    """A request that is answered, as bytes.

    Args:
        inputs: names of what the signature takes.
        size: height and width of its photo.
    """
    return _body(_row(inputs, size))


def _row(inputs, size=64):
    photo = Image.linear_gradient("L").resize((size, size)).convert("RGB")
    stream = io.BytesIO()
    photo.save(stream, "PNG")
    values = {
        "caption": "this bird is red with black wings",
        "seed": 7,
        "image_bytes": _file(stream.getvalue()),
    }
    return {name: values[name] for name in inputs}


def _body(row, **content):
    return json.dumps({"instances": [row], **content}).encode()


def _file(contents):
    return {"b64": base64.b64encode(contents).decode()}


def _changed(name, choose):
    """Makes requests with another value of one input."""

    def make(draw, inputs):
        row = _row(inputs)
        if name in row:
            row[name] = choose(draw)
        else:
            row["seed"] = "no seed"
        return _body(row)

    return make


def _broken_text(draw, inputs):
    body = bytearray(_body(_row(inputs)))
    place = body.index(b"bird") if b"bird" in body else len(body) // 2
    body[place] = draw.choice([0x80, 0xC3, 0xED, 0xFF])
    return bytes(body)


def _cut(draw, inputs):
    body = _body(_row(inputs))
    return body[: draw.randrange(1, len(body))]


def _nested(draw, inputs):
    del inputs
    depth = draw.choice([100, 10_000, 100_000])
    return b'{"instances": ' + b"[" * depth + b"]" * depth + b"}"


def _missing(draw, inputs):
    row = _row(inputs)
    del row[draw.choice(sorted(row))]
    return _body(row)


def _unknown(draw, inputs):
    return _body({**_row(inputs), f"input_{draw.randrange(99)}": 1})


def _signature(draw, inputs):
    name = "".join(draw.choices("ab/%\x00\u202e", k=6))
    return _body(_row(inputs), signature_name=name)


def _noise(draw, inputs):
    del inputs
    return draw.randbytes(draw.randrange(1, 4096))


def _wrong_seed(draw):
    values = [float("nan"), float("inf"), 0.5, 2**31, -(2**40), True, "1"]
    return draw.choice([*values, None, [], [1, 2], {}])


def _wrong_text(draw):
    return draw.choice([1, 0.5, True, None, [], ["a"], {}, {"b64": "A"}])


def _many_rows(draw, inputs):
    rows = [_row(inputs, 8)] * draw.randrange(65, 200)
    return json.dumps({"instances": rows}).encode()


def _truncated_file(draw):
    stream = io.BytesIO()
    kind = draw.choice(["PNG", "JPEG"])
    Image.frombytes("L", (64, 64), draw.randbytes(64 * 64)).save(stream, kind)
    contents = stream.getvalue()
    return _file(contents[: draw.randrange(len(contents) // 2)])


def _bomb(draw):
    """A PNG of few bytes and too many pixels."""
    side = draw.choice([9_000, 30_000, 2**31 - 1])
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(50_000))
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return _file(
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
    return draw.choice(
        [
            _file(b""),
            _file(draw.randbytes(200)),
            _file(_PNG + draw.randbytes(200)),
            _file(b"GIF89a" + draw.randbytes(50)),
            "no base64",
            {"b64": "!"},
            7,
        ]
    )


_REFUSED = {400}
_KINDS = {
    "broken UTF-8": (_broken_text, _REFUSED),
    "cut-off JSON": (_cut, _REFUSED),
    "deep nesting": (_nested, _REFUSED),
    "noise": (_noise, _REFUSED),
    "missing input": (_missing, _REFUSED),
    "unknown input": (_unknown, _REFUSED),
    "unknown signature": (_signature, _REFUSED),
    "NaN and other seeds": (_changed("seed", _wrong_seed), _REFUSED),
    "caption of a wrong type": (_changed("caption", _wrong_text), _REFUSED),
    "megabyte caption": (
        _changed("caption", lambda draw: "a " * draw.randrange(2**19, 2**20)),
        _REFUSED,
    ),
    "too many rows": (_many_rows, _REFUSED),
}
_OF_IMAGES = {
    "truncated image": (_changed("image_bytes", _truncated_file), _REFUSED),
    "image bomb": (_changed("image_bytes", _bomb), _REFUSED),
    "no image": (_changed("image_bytes", _no_image), _REFUSED),
}
