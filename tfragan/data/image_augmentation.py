"""From an encoded picture to normalized crops, in graph operations.

Every step is a function of its own; `image_batches` and `unpaired_batches`
chain them. Up to `normalize_image` an image holds whole gray levels, 0 to
255, as uint8: each resize rounds, as in Pillow, so that images stored between
two steps by `tfragan prepare` give what images resized on the fly give.
"""

import functools
import math

import tensorflow as tf

from tfragan.data.framing import BOX_REACH
from tfragan.data.framing import RESIZE_METHODS

_JPEG_SIGNATURE = b"\xff\xd8\xff"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_BIT_DEPTH_BYTE = 24


class NotFiniteError(ValueError):
    """Pixels were to be made of numbers that are not finite.

    A cast would turn NaN into 0, a black image.
    """

    def __init__(self, what):
        super().__init__(_not_finite(what))


def _not_finite(what):
    return (
        f"{what} holds NaN or infinity, which is no color: the weights that "
        "made it are damaged, or their training diverged."
    )


def decode_image(contents):
    """Decodes a JPEG, PNG, GIF, BMP or WebP file to uint8 RGB.

    Gray pictures get three equal channels, 16-bit ones keep their upper
    8 bits, of an animation the first frame is taken. Transparent parts of a
    PNG become white, as on a page; its hidden colors are often black or
    noise. EXIF orientation is not applied.
    """

    def begins_with(signature):
        beginning = tf.strings.substr(contents, 0, len(signature))
        return tf.equal(beginning, signature)

    image = tf.case(
        [
            (begins_with(_PNG_SIGNATURE), lambda: _png_on_white(contents)),
            (begins_with(_JPEG_SIGNATURE), lambda: _exact_jpeg(contents)),
        ],
        default=lambda: tf.io.decode_image(
            contents, channels=3, expand_animations=False
        ),
    )
    image.set_shape([None, None, 3])
    return image


def _exact_jpeg(contents):
    # The default is a faster transform, which PIL does not use.
    return tf.io.decode_jpeg(
        contents, channels=3, dct_method="INTEGER_ACCURATE"
    )


def _png_on_white(contents):
    image = tf.io.decode_png(contents, channels=4)
    color, alpha = image[..., :3], image[..., 3:]
    # With fewer than 8 bits a pixel the decoder marks an opaque picture by
    # the largest value of that depth instead of 255.
    header = tf.io.decode_raw(
        tf.strings.substr(contents, 0, _PNG_BIT_DEPTH_BYTE + 1), tf.uint8
    )
    depth = tf.minimum(header[_PNG_BIT_DEPTH_BYTE], 8)
    # Shifting the other way also holds for 8, where 1 << 8 would be 0.
    opaque = tf.bitwise.right_shift(tf.constant(255, tf.uint8), 8 - depth)
    return tf.cond(
        tf.reduce_all(tf.equal(alpha, opaque)),
        lambda: color,
        lambda: _on_white(color, alpha),
    )


def _on_white(color, alpha):
    color, alpha = tf.cast(color, tf.int32), tf.cast(alpha, tf.int32)
    # Adding half of the divisor rounds to the nearest level.
    mixed = (color * alpha + 255 * (255 - alpha) + 127) // 255
    return tf.cast(mixed, tf.uint8)


def box_crop_bounds(box, height, width, reach=BOX_REACH):
    """The square around a bounding box, cut at the borders of the image.

    With the center (cx, cy) of the `box` x, y, w, h and r = floor(reach max(w,
    h)) the crop has the columns max(0, cx - r) to min(W, cx + r) and the rows
    likewise. It is not padded, so near a border it is no square. `reach` is a
    `fractions.Fraction`. Returns left, top, right, bottom, int32; the ends are
    exclusive.

    Reference:
        Xu et al., "AttnGAN", https://arxiv.org/abs/1711.10485, published
        code (the crop of StackGAN).
    """
    x, y, box_width, box_height = tf.unstack(tf.cast(box, tf.int32))
    longer = tf.maximum(box_width, box_height)
    radius = reach.numerator * longer // reach.denominator
    center_x = (2 * x + box_width) // 2
    center_y = (2 * y + box_height) // 2
    left = tf.maximum(0, center_x - radius)
    top = tf.maximum(0, center_y - radius)
    right = tf.minimum(tf.cast(width, tf.int32), center_x + radius)
    bottom = tf.minimum(tf.cast(height, tf.int32), center_y + radius)
    return left, top, right, bottom


def crop_to_box(image, box, reach=BOX_REACH):
    """Cuts out the square around a bounding box, see `box_crop_bounds`.

    A box of width 0 means "no box" and leaves the image as it is.
    """

    def crop():
        shape = tf.shape(image)
        left, top, right, bottom = box_crop_bounds(
            box, shape[0], shape[1], reach
        )
        return image[top:bottom, left:right]

    return tf.cond(box[2] > 0, crop, lambda: image)


def sides_from_shorter(image, short_side):
    """Height and width, int32 (2,), at which the shorter side has a length.

    The longer side is rounded down.
    """
    sides = tf.shape(image)[:2]
    # The shorter side comes out as `short_side` exactly.
    return short_side * sides // tf.reduce_min(sides)


def resize_short_side(image, short_side, method="bilinear"):
    """Resizes a uint8 image so that the shorter side has the given length."""
    return resize_image(image, sides_from_shorter(image, short_side), method)


def resize_image(image, sides, method="bilinear", window=None):
    """Resizes to the given sides, whatever that does to the proportions.

    Where the image shrinks it is antialiased as in Pillow.

    Args:
        image: uint8 (height, width, 3).
        sides: height and width of the result in pixels.
        method: "bilinear", within one gray level of Pillow's, or "lanczos3",
            equal to Pillow's.
        window: top, left, height and width of the part of the result that is
            wanted, or `None` for all.
    """
    sides = tf.convert_to_tensor(sides)
    if window is None:
        window = (0, 0, sides[0], sides[1])
    top, left, height, width = window

    def cut(levels):
        return tf.slice(levels, [top, left, 0], [height, width, -1])

    def resize():
        if method == "lanczos3":
            return _resize_twice(image, sides, method, window)
        levels = tf.image.resize(image, sides, "bilinear", antialias=True)
        return cut(tf.cast(tf.floor(levels + 0.5), tf.uint8))

    resized = tf.cond(
        tf.reduce_all(tf.equal(tf.shape(image)[:2], sides)),
        lambda: cut(image),
        resize,
    )
    known = [tf.get_static_value(side) for side in (height, width)]
    return tf.ensure_shape(resized, [*known, 3])


def _resize_twice(image, sides, method, window):
    """Resizes in width, then in height, to the same levels as Pillow.

    Like there, weights have 22 binary digits, and levels are rounded after
    either. `tf.image.resize` rounds once: it is off by up to a level, by two
    where its result is resized again, and by 60 where a Lanczos filter
    overshoots on black and white stripes.
    """
    image_sides = [image.shape[i] or tf.shape(image)[i] for i in range(2)]
    top, left, height, width = window
    rows, row_weights = _taps(image_sides[0], sides[0], top, height, method)
    columns = _taps(image_sides[1], sides[1], left, width, method)
    first, last = rows[0, 0], rows[-1, -1]
    image = image[first : last + 1]
    # In two dimensions a transpose takes half of the time.
    image = tf.transpose(tf.reshape(image, [last + 1 - first, -1]))
    image = _weighted_sums(tf.reshape(image, [image_sides[1], -1]), *columns)
    image = tf.transpose(tf.reshape(image, [width * 3, -1]))
    image = _weighted_sums(image, rows - first, row_weights)
    return tf.reshape(image, [height, width, 3])


def _taps(size, resized_size, start, count, method):
    """`_compute_taps`, once where the sizes are known beforehand."""
    sizes = (size, resized_size, start, count)
    known = [tf.get_static_value(side) for side in sizes]
    if None in known:
        return _compute_taps(size, resized_size, start, count, method)
    return _known_taps(tuple(map(int, known)), method)


@functools.cache
def _known_taps(sizes, method):
    size, resized_size, start, count = sizes
    with tf.init_scope():
        taps = _compute_taps(size, resized_size, start, count, method)
        return [each.numpy() for each in taps]


def _compute_taps(size, resized_size, start, count, method):
    """Which pixels of a side give `count` pixels of the resized one.

    The first is number `start`. Returns int32 (count, taps) places, ascending,
    and their float64 weights.
    """
    kernel, radius = _FILTERS[method]
    scale = tf.cast(size, tf.float64) / tf.cast(resized_size, tf.float64)
    stretch = tf.maximum(scale, 1.0)
    reach = radius * stretch
    centers = tf.cast(start + tf.range(count), tf.float64)[:, None] + 0.5
    centers *= scale
    first = tf.cast(tf.floor(centers - (reach - 0.5)), tf.int32)
    places = first + tf.range(2 * tf.cast(tf.math.ceil(reach), tf.int32) + 1)
    weights = kernel((tf.cast(places, tf.float64) - (centers - 0.5)) / stretch)
    inside = tf.clip_by_value(places, 0, size - 1)
    weights *= tf.cast(tf.equal(inside, places), tf.float64)
    weights /= tf.reduce_sum(weights, axis=1, keepdims=True)
    return inside, tf.round(weights * _WEIGHT_STEPS) / _WEIGHT_STEPS


def _weighted_sums(levels, places, weights):
    """Sums of rows of gray levels, uint8 (rows, any), rounded to levels.

    `places` and `weights`, (sums, taps), are the rows of each sum.
    """
    count = tf.shape(places)[0]
    sums = tf.broadcast_to(tf.range(count)[:, None], tf.shape(places))
    indices = tf.reshape(tf.stack([sums, places], axis=-1), [-1, 2])
    # A product with a compressed matrix takes a fifth of the time of
    # `tf.sparse.sparse_dense_matmul`.
    matrix = tf.raw_ops.SparseTensorToCSRSparseMatrix(
        indices=tf.cast(indices, tf.int64),
        values=tf.reshape(weights, [-1]),
        dense_shape=tf.cast([count, tf.shape(levels)[0]], tf.int64),
    )
    # Exact: the weights are whole numbers of 2^-22, the levels of 1.
    exact = tf.raw_ops.SparseMatrixMatMul(
        a=matrix, b=tf.cast(levels, tf.float64)
    )
    # A Lanczos filter overshoots at edges.
    return tf.cast(tf.clip_by_value(exact + 0.5, 0.0, 255.0), tf.uint8)


def _triangle(x):
    return tf.nn.relu(1.0 - tf.abs(x))


def _lanczos3(x):
    return tf.where(
        tf.abs(x) < 3.0, _sinc(x) * _sinc(x / 3.0), tf.zeros_like(x)
    )


def _sinc(x):
    x *= math.pi
    return tf.math.divide_no_nan(tf.sin(x), x) + tf.cast(x == 0.0, x.dtype)


_WEIGHT_STEPS = 2.0**22
# Functions, and how far they reach to each side.
_FILTERS = dict(
    zip(RESIZE_METHODS, ((_triangle, 1.0), (_lanczos3, 3.0)), strict=True)
)


def decode_square(contents, size):
    """Decodes an image file and resizes it to uint8 (size, size, 3).

    Reference:
        Kim et al., "U-GAT-IT", https://arxiv.org/abs/1907.10830, published
        code: test transform.
    """
    return resize_image(decode_image(contents), [size, size])


def mirror(image, flip):
    """Mirrors an image left to right if the bool scalar says so."""
    return tf.cond(
        tf.convert_to_tensor(flip),
        lambda: tf.reverse(image, [1]),
        lambda: image,
    )


def random_window(sides, size, seed):
    """A random square of `size` pixels, and whether to mirror it.

    The same seed, int (2,), gives the same. Returns top and left, int32, any
    place in `sides` being equally likely, and a bool of probability 1/2.
    """
    places = sides - size + 1
    draws = tf.random.stateless_uniform([3], seed, alg="philox")
    corner = tf.cast(draws[:2] * tf.cast(places, tf.float32), tf.int32)
    # A float32 product may round up to the excluded end on huge images.
    corner = tf.minimum(corner, places - 1)
    return corner[0], corner[1], draws[2] < 0.5


def enlarge_and_crop(image, size, enlarge, top, left, flip):
    """Mirrors if asked, resizes to a larger square and cuts one out of it.

    The uint8 result of `size` pixels begins at `top` and `left`, 0 to
    `enlarge`, the pixels by which the larger square is larger.

    Reference:
        Kim et al., "U-GAT-IT", https://arxiv.org/abs/1907.10830, published
        code: training transform.
    """
    return resize_image(
        mirror(image, flip),
        [size + enlarge] * 2,
        window=(top, left, size, size),
    )


def random_enlarge_and_crop(image, size, seed, enlarge=30, flip=True):
    """`enlarge_and_crop` at a random place, mirrored with probability 1/2.

    All (enlarge + 1)^2 places are equally likely. The same seed, int (2,),
    gives the same result; without `flip` nothing is mirrored.
    """
    sides = tf.fill([2], size + enlarge)
    top, left, mirrored = random_window(sides, size, seed)
    return enlarge_and_crop(
        image, size, enlarge, top, left, tf.logical_and(flip, mirrored)
    )


def center_crop(image, size):
    """Cuts the square of `size` pixels out of the middle of an image."""
    corner = (tf.shape(image)[:2] - size) // 2
    return tf.slice(image, [corner[0], corner[1], 0], [size, size, -1])


def center_square(image, size, method="bilinear"):
    """Cuts the largest square out of the middle and resizes it.

    See `resize_image` for its arguments.
    """
    square = center_crop(image, tf.reduce_min(tf.shape(image)[:2]))
    return resize_image(square, (size, size), method)


def image_pyramid(image, image_sizes):
    """The same uint8 square at ascending sizes, each resized from the largest.

    They equal what Pillow makes of the largest, which is as it is.
    """
    smaller = [
        _resize_twice(image, (side, side), "bilinear", (0, 0, side, side))
        for side in image_sizes[:-1]
    ]
    return (*smaller, image)


def normalize_image(image):
    """Maps 0 to 255 linearly to float32 -1 to 1."""
    return tf.cast(image, tf.float32) / 127.5 - 1.0


def to_uint8(images, rounding="truncate"):
    """Maps float images from -1 to 1 to 8-bit values 0 to 255.

    Args:
        images: float tensor or array of any shape; values beyond -1 and 1 are
            clipped.
        rounding: "truncate" cuts the fraction of (x + 1) 127.5 off, as the
            published AttnGAN code does for its samples; "nearest" rounds and
            is the inverse of `normalize_image`.

    Returns:
        uint8 tensor of the same shape.

    Raises:
        ValueError: `rounding` is none of the two.
        NotFiniteError: a number is NaN or infinite. In a graph this is an
            `InvalidArgumentError`, and nothing under XLA, which drops checks.
    """
    if rounding not in ("truncate", "nearest"):
        raise ValueError(
            "`rounding` must be 'truncate' or 'nearest'. "
            f"Received: rounding={rounding!r}"
        )
    images = _checked_finite(tf.cast(images, tf.float32))
    levels = tf.clip_by_value((images + 1.0) * 127.5, 0.0, 255.0)
    if rounding == "nearest":
        levels = tf.round(levels)
    return tf.cast(levels, tf.uint8)


def _checked_finite(images):
    finite = tf.reduce_all(tf.math.is_finite(images))
    if tf.executing_eagerly():
        if not finite:
            raise NotFiniteError("An image")
        return images
    check = tf.debugging.Assert(finite, [_not_finite("An image")])
    with tf.control_dependencies([check]):
        return tf.identity(images)
