"""Writing the images of a data set to TFRecord shards."""

import concurrent.futures
import os

import tensorflow as tf

from tfragan.data.bad_items import BadItems
from tfragan.data.image_header import decoding_error
from tfragan.data.records import file_sha256

# A record is its length (8 bytes), a checksum of the length (4), the content
# and a checksum of the content (4).
_BEFORE_CONTENT = 12
_AROUND_CONTENT = 16


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


def _flush_to_disk(path):
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
