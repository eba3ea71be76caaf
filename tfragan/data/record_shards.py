"""Writing the images of a data set to TFRecord shards."""

import concurrent.futures
import dataclasses
import functools
import os

import tensorflow as tf

from tfragan.data import image_augmentation
from tfragan.data.bad_items import BadItems
from tfragan.data.image_header import decoding_error
from tfragan.data.records import file_sha256

IMAGE_FORMATS = ("auto", "jpeg", "png")

# A record is its length (8 bytes), a checksum of the length (4), the content
# and a checksum of the content (4).
_BEFORE_CONTENT = 12
_AROUND_CONTENT = 16


@dataclasses.dataclass(frozen=True)
class StoredImages:
    """How images are stored in shards.

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
        if self.image_format not in IMAGE_FORMATS:
            raise ValueError(
                f"image_format has to be one of {', '.join(IMAGE_FORMATS)}. "
                f"Received: image_format={self.image_format!r}"
            )
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
        """The image of an item as it is stored.

        It is cropped to its box and shrunk to the short side that training
        crops from; never enlarged. An image that needs neither keeps its
        bytes.

        Args:
            item: A `CaptionedImage`.

        Returns:
            The encoded image as bytes.

        Raises:
            OSError: The file cannot be read.
            tf.errors.InvalidArgumentError: The image cannot be decoded.
        """
        data = item.read()
        jpeg = self.image_format == "jpeg" or (
            self.image_format == "auto" and data[:2] == b"\xff\xd8"
        )
        quality = self.jpeg_quality if jpeg else None
        changed, encoded = _encoder(quality)(
            tf.constant(data),
            tf.constant(item.box or (0, 0, 0, 0), tf.int32),
            tf.constant(image_augmentation.margin_size(self.image_size)),
        )
        return encoded.numpy() if changed.numpy() else data


@functools.cache
def _encoder(jpeg_quality):
    @tf.function(
        input_signature=(
            tf.TensorSpec([], tf.string),
            tf.TensorSpec([4], tf.int32),
            tf.TensorSpec([], tf.int32),
        )
    )
    def encode(data, box, short_side):
        image = image_augmentation.decode_image(data)
        image = image_augmentation.crop_to_box(image, box)
        shrinks = tf.reduce_min(tf.shape(image)[:2]) > short_side
        image = tf.cond(
            shrinks,
            lambda: image_augmentation.resize_short_side(image, short_side),
            lambda: image,
        )
        if jpeg_quality is None:
            encoded = tf.io.encode_png(image)
        else:
            encoded = tf.io.encode_jpeg(
                image, quality=jpeg_quality, chroma_downsampling=False
            )
        return tf.logical_or(shrinks, box[2] > 0), encoded

    return encode


def write_shard(
    items, first_index, path, images, threads=None, on_item=lambda: None
):
    """Writes a shard in one go, which is then found whole at `path`.

    A record is a `tf.train.Example` with the features `image` (bytes),
    `captions` (list of bytes), `class_id`, `key` and `index`.

    Args:
        items: `CaptionedImage` entries of the shard.
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
                    "captions": list(item.captions),
                    "class_id": item.class_id,
                    "byte_range": [offset, len(image)],
                }
            )
            start += _AROUND_CONTENT + len(record)
    _flush_to_disk(path)
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
    def of_bytes(*values):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))

    def of_int(value):
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    features = {
        "image": of_bytes(image),
        "captions": of_bytes(*(text.encode() for text in item.captions)),
        "class_id": of_int(item.class_id),
        "key": of_bytes(item.key.encode()),
        "index": of_int(index),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)


def _flush_to_disk(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
