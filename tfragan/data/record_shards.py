"""Writing images to TFRecord shards: how they are stored, and the files."""

import concurrent.futures
import dataclasses
import functools
import os

import tensorflow as tf

from tfragan.choice import check_choice
from tfragan.data import image_augmentation
from tfragan.data.bad_items import BadItems
from tfragan.data.framing import Framing
from tfragan.data.image_inspection import decoding_error
from tfragan.data.records import file_sha256

IMAGE_FORMATS = ("auto", "jpeg", "png")

# How many times the needed side an image may have without being shrunk.
_LARGE = 2


# A record is its length (8 bytes), a checksum of the length (4), the content
# and a checksum of the content (4).
_BEFORE_CONTENT = 12
_AROUND_CONTENT = 16


@dataclasses.dataclass(frozen=True)
class StoredImages:
    """How captioned images are stored in shards.

    Attributes:
        image_size: Size of the largest training image in pixels.
        image_format: `"jpeg"`, `"png"`, or `"auto"`: JPEG what was JPEG, and
            PNG the rest, so that no loss is added to lossless images.
        jpeg_quality: Quality of JPEG files, 1 to 100. Color is stored at
            full resolution.

    Raises:
        ValueError: A value is out of range.
    """

    image_size: int
    image_format: str = "auto"
    jpeg_quality: int = 95

    def __post_init__(self):
        check_choice("image_format", self.image_format, IMAGE_FORMATS)
        if not 1 <= self.jpeg_quality <= 100:
            raise ValueError(
                "jpeg_quality has to be from 1 to 100. "
                f"Received: jpeg_quality={self.jpeg_quality}"
            )
        if self.image_size < 1:
            raise ValueError(
                "image_size has to be 1 or more pixels. "
                f"Received: image_size={self.image_size}"
            )

    def encode(self, item):
        """The image of an item as it is stored, bytes.

        A captioned one is cropped to its box and shrunk to the short side
        that training crops from; never enlarged. An image that needs no
        change keeps its bytes.
        """
        data = item.read()
        jpeg = self.image_format == "jpeg" or (
            self.image_format == "auto" and data[:2] == b"\xff\xd8"
        )
        quality = self.jpeg_quality if jpeg else None
        bounds = tf.constant(self._bounds(item), tf.int32)
        encoder = _encoder(self._fit, len(bounds), quality)
        changed, encoded = encoder(tf.constant(data), bounds)
        return encoded.numpy() if changed.numpy() else data

    def _bounds(self, item):
        """The numbers that `_fit` needs for this item."""
        box = item.box or (0, 0, 0, 0)
        return (*box, Framing().short_side(self.image_size))

    @staticmethod
    def _fit(image, bounds):
        """Whether the image has to be changed, and the changed image."""
        box, short_side = bounds[:4], bounds[4]
        image = image_augmentation.crop_to_box(image, box)
        shrinks = tf.reduce_min(tf.shape(image)[:2]) > short_side
        image = tf.cond(
            shrinks,
            lambda: image_augmentation.resize_short_side(image, short_side),
            lambda: image,
        )
        return tf.logical_or(shrinks, box[2] > 0), image


@dataclasses.dataclass(frozen=True)
class StoredSquares(StoredImages):
    """How images are stored that training resizes to squares of `image_size`.

    An image keeps its bytes unless one of its sides is more than twice that
    of the square it will be resized to; then it is stored as that square.
    Either way resizing gives what it would have given, but for what JPEG
    loses of those that are changed.
    """

    def _bounds(self, item):
        return (self.image_size,)

    @staticmethod
    def _fit(image, bounds):
        shrinks = tf.reduce_max(tf.shape(image)[:2]) > _LARGE * bounds[0]
        image = tf.cond(
            shrinks,
            lambda: image_augmentation.resize_image(
                image, tf.stack([bounds[0], bounds[0]])
            ),
            lambda: image,
        )
        return shrinks, image


@functools.cache
def _encoder(fit, num_bounds, jpeg_quality):
    def encode(image):
        if jpeg_quality is None:
            return tf.io.encode_png(image)
        return tf.io.encode_jpeg(
            image, quality=jpeg_quality, chroma_downsampling=False
        )

    @tf.function(
        input_signature=(
            tf.TensorSpec([], tf.string),
            tf.TensorSpec([num_bounds], tf.int32),
        )
    )
    def fit_and_encode(data, bounds):
        changed, image = fit(image_augmentation.decode_image(data), bounds)
        encoded = tf.cond(changed, lambda: encode(image), lambda: "")
        return changed, encoded

    return fit_and_encode


def write_shard(
    items, first_index, path, images, threads=None, on_item=lambda: None
):
    """Writes a shard in one go, which is then found whole at `path`.

    A record is a `tf.train.Example` with the features `image` (bytes), `key`
    and `index`, and those of the items' `record_fields`: of captioned images
    `captions` (list of bytes) and `class_id`.

    Args:
        items: `EncodedImage` entries of the shard.
        first_index: Position of the first of them in the data set.
        path: Temporary path to write to.
        images: `StoredImages`.
        threads: Number of threads that encode, `None` for one a core.
        on_item: Called after each item.

    Returns:
        A dict ready for JSON: `images` written, `bytes` and `sha256` of the
        file, `rows`, one a record, with all but the image, and `skipped`,
        the names of bad items by kind.
    """
    bad_items = BadItems()
    rows = []
    start = 0
    with (
        tf.io.TFRecordWriter(path) as writer,
        concurrent.futures.ThreadPoolExecutor(
            threads or os.cpu_count()
        ) as pool,
    ):
        encoded = pool.map(lambda item: _encode_or_error(item, images), items)
        for place, (item, (image, error)) in enumerate(
            zip(items, encoded, strict=True)
        ):
            on_item()
            if error is not None:
                bad_items.skip(error, item.key)
                continue
            record = _example(item, image, first_index + place)
            writer.write(record)
            offset = start + _BEFORE_CONTENT + record.index(image)
            rows.append(
                {
                    "key": item.key,
                    **item.record_fields(),
                    "byte_range": [offset, len(image)],
                }
            )
            start += _AROUND_CONTENT + len(record)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
    return {
        "images": len(rows),
        "bytes": os.path.getsize(path),
        "sha256": file_sha256(path),
        "rows": rows,
        "skipped": bad_items.skipped,
    }


def _encode_or_error(item, images):
    try:
        return images.encode(item), None
    except FileNotFoundError:
        return None, "missing image"
    except OSError as error:
        return None, f"unreadable file, {error.strerror}"
    except tf.errors.InvalidArgumentError:
        damage = decoding_error(item.read())
        return None, damage or "bounding box outside the image"


def _example(item, image, index):
    fields = {"key": [item.key], "index": index, **item.record_fields()}
    features = {name: _feature(value) for name, value in fields.items()}
    features["image"] = _bytes_feature([image])
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)


def _feature(value):
    if isinstance(value, int):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
    return _bytes_feature([text.encode() for text in value])


def _bytes_feature(values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
