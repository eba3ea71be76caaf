"""Refusing files and numbers that would take too much, in graph operations.

A picture of one color is a thousand times larger than its file. So the header
is read before a decoder is asked, and what is too large is refused by name.
"""

import functools

import tensorflow as tf

MAX_PIXELS = 4096 * 4096
_JPEG = b"\xff\xd8\xff"
# The decoder also takes others before the part that tells the size.
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
# Of no picture; decoders look that far before they say what is wrong.
_SHORTEST_FILE = 25
_PNG_SIDES = slice(16, 24)
_BYTE_WEIGHTS = [2**24, 2**16, 2**8, 1]
# Where a scan of a JPEG file begins: for each, all of the picture is gone
# through. A progressive file has about ten.
_SCANS = (b"\xff\xda",)
# Parts of a PNG file of which each may unpack to 8 MB.
_PACKED_NOTES = (b"zTXt", b"iTXt", b"iCCP")
_MOST_PARTS = 32


def checked_files(request, max_pixels):
    """Refuses files that are no pictures or too large, before any is decoded.

    Files are the inputs named `*_bytes`, strings `(batch,)`. The tensors of the
    request that is returned are there once it was checked.
    """
    names = [name for name in request if name.endswith("_bytes")]
    looks = {name: _headers(name, request[name], max_pixels) for name in names}
    pixels = tf.concat([look[0] for look in looks.values()], 0)
    large = refuse(
        tf.reduce_sum(pixels) > max_pixels,
        f"{' and '.join(names)}: expected at most {max_pixels} pixels in a "
        "request (max_pixels of the export), received {}",
        lambda: [tf.cast(tf.reduce_sum(pixels), tf.int64)],
    )
    refused = [large, *(op for look in looks.values() for op in look[1])]
    with tf.control_dependencies(refused):
        return {name: tf.identity(value) for name, value in request.items()}


def checked_count(values, size, max_pixels):
    """Refuses a request for more pictures than there may be.

    `values` has a row for each picture, which is `size` high and wide.
    """
    most = max(1, max_pixels // size**2)
    rows = tf.shape(values)[0]
    many = refuse(
        rows > most,
        f"expected at most {most} pictures of {size} x {size} pixels in a "
        "request (max_pixels of the export), received {}",
        lambda: [rows],
    )
    with tf.control_dependencies([many]):
        return tf.identity(values)


def refuse(bad, sentence, values):
    """Fails where `bad`, a boolean scalar, says so; others wait for the result.

    The sentence has `{}` for each tensor of the list that `values` makes.
    """

    def fail():
        message = tf.strings.format(sentence, values())
        return tf.debugging.Assert(False, [message])

    return tf.cond(bad, fail, tf.no_op)


def _refuse_rows(bad, sentence, *columns):
    """Names the first row that is bad, and its values in columns."""

    def values():
        row = tf.argmax(tf.cast(bad, tf.int32))
        return [row, *(column[row] for column in columns)]

    return refuse(tf.reduce_any(bad), sentence, values)


def _headers(name, files, max_pixels):
    """Pixels of each file, and what refuses files by themselves."""
    known = [
        tf.equal(tf.strings.substr(files, 0, len(start)), start)
        for start in (_JPEG, _PNG)
    ]
    whole = tf.strings.length(files) >= _SHORTEST_FILE
    other = _refuse_rows(
        ~(tf.reduce_any(known, 0) & whole),
        f"{name} must be JPEG or PNG files, received another in row {{}}",
    )
    with tf.control_dependencies([other]):
        width, height, parts = tf.map_fn(
            lambda row: tf.cond(
                row[1], lambda: _jpeg(row[0]), lambda: _png(row[0])
            ),
            (tf.identity(files), known[0]),
            fn_output_signature=(tf.int64, tf.int64, tf.int64),
        )
    # As floats, which do not overflow.
    pixels = tf.cast(width, tf.float64) * tf.cast(height, tf.float64)
    large = _refuse_rows(
        pixels > max_pixels,
        f"{name}: row {{}} has {{}} x {{}} pixels, expected at most "
        f"{max_pixels} in a request (max_pixels of the export)",
        width,
        height,
    )
    slow = _refuse_rows(
        parts > _MOST_PARTS,
        f"{name}: row {{}} has {{}} scans or packed notes, expected at most "
        f"{_MOST_PARTS}",
        parts,
    )
    return pixels, [large, slow]


def _jpeg(contents):
    """Width, height and number of scans."""
    shape = tf.io.extract_jpeg_shape(contents, tf.int64)
    scans = _count(tf.io.decode_raw(contents, tf.uint8), _SCANS)
    return shape[1], shape[0], scans


def _png(contents):
    """Width, height and number of packed notes."""
    values = tf.io.decode_raw(contents, tf.uint8)
    sides = tf.reshape(tf.cast(values[_PNG_SIDES], tf.int64), (2, 4))
    width, height = tf.unstack(tf.reduce_sum(sides * _BYTE_WEIGHTS, axis=1))
    return width, height, _count(values, _PACKED_NOTES)


def _count(values, markers):
    """How often any of some sequences of bytes is there."""
    found = tf.constant(0, tf.int64)
    for marker in markers:
        starts = tf.size(values) - len(marker) + 1
        same = [
            tf.equal(values[place : place + starts], byte)
            for place, byte in enumerate(marker)
        ]
        found += tf.math.count_nonzero(functools.reduce(tf.logical_and, same))
    return found
