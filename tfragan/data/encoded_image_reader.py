"""Reading and decoding any image of a data set, in graph operations.

Images lie in files of their own or, after `tfragan prepare`, within TFRecord
shards. Both are read at random: shards need no shuffle buffer, are shuffled
as well as files, and a stream starts at any step without reading what lies
before it.
"""

import bisect
import os
import struct

import tensorflow as tf

from tfragan.data.bad_items import DAMAGED_IMAGE
from tfragan.data.image_augmentation import decode_image
from tfragan.regular_file import open_regular

# A record is framed by its length (8 bytes), a checksum of the length (4),
# the content, and a checksum of the content (4).
_LENGTH = struct.Struct("<Q")
_HEADER_BYTES = 12
_FOOTER_BYTES = 4


class EncodedImageReader:
    """Finds and reads the encoded image of each `CaptionedImage`.

    Either all have a `byte_range` in TFRecord shards, or none.
    """

    def __init__(self, items):
        ranged = [item for item in items if item.byte_range is not None]
        if ranged and len(ranged) != len(items):
            bare = next(item for item in items if item.byte_range is None)
            raise ValueError(
                "Either all images or none have to lie in record shards, "
                f"but {ranged[0].key!r} has a byte range and {bare.key!r} "
                "has none."
            )
        self._count = len(items)
        self._paths = tf.constant([item.path for item in items])
        self._keys = tf.constant([item.key for item in items])
        self._records = None
        if ranged:
            self._records = tf.constant(_record_places(items), tf.int64)

    def read(self, sample_id):
        """The bytes of the image of an item, a scalar string."""
        path = tf.gather(self._paths, sample_id)
        if self._records is None:
            return tf.io.read_file(path)
        place = tf.gather(self._records, sample_id)
        record = _read_record(path, place[0])
        return tf.strings.substr(record, place[1], place[2])

    def image(self, sample_id):
        """The decoded image of an item, see `decode_image`.

        Where it cannot be read or decoded, running this is an
        `InvalidArgumentError`; `bad_items.damaged_image` tells which it is.
        """
        image = self._image_or_nothing(sample_id)
        about = (
            DAMAGED_IMAGE,
            tf.gather(self._paths, sample_id),
            tf.gather(self._keys, sample_id),
        )
        found = tf.debugging.Assert(tf.size(image) > 0, about)
        with tf.control_dependencies([found]):
            return tf.identity(image)

    def undecodable(self):
        """Indices of the items that cannot be decoded, a list of int."""
        sizes = tf.data.Dataset.range(self._count).map(
            lambda sample_id: tf.size(self._image_or_nothing(sample_id)),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        return [
            index
            for index, size in enumerate(sizes.as_numpy_iterator())
            if not size
        ]

    def _image_or_nothing(self, sample_id):
        """The image, without a pixel where reading or decoding fails."""
        # What fails names no file; a data set within the function turns
        # failing into having no element.
        images = (
            tf.data.Dataset.from_tensors(sample_id)
            .map(lambda index: decode_image(self.read(index)))
            .ignore_errors()
        )
        nothing = tf.data.Dataset.from_tensors(tf.zeros([0, 0, 3], tf.uint8))
        return images.concatenate(nothing).take(1).get_single_element()


def _read_record(path, start):
    """The content of the record whose frame begins at byte `start`."""
    # The public `TFRecordDataset` cannot begin within a file; its operation
    # can. Its checksums are verified as usual.
    records = tf.raw_ops.TFRecordDatasetV2(
        filenames=tf.reshape(path, [1]),
        compression_type="",
        buffer_size=tf.constant(0, tf.int64),
        byte_offsets=tf.reshape(start, [1]),
    )
    spec = {"output_types": [tf.string], "output_shapes": [[]]}
    first = tf.raw_ops.TakeDataset(
        input_dataset=records, count=tf.constant(1, tf.int64), **spec
    )
    return tf.raw_ops.DatasetToSingleElement(dataset=first, **spec)[0]


def _record_places(items):
    """For each item: start of its record, image offset and length in it."""
    starts_of = {}
    places = []
    for item in items:
        if item.path not in starts_of:
            starts_of[item.path] = _record_starts(item.path)
        starts = starts_of[item.path]
        offset, length = item.byte_range
        index = bisect.bisect_right(starts, offset, hi=len(starts) - 1) - 1
        begin = starts[index] + _HEADER_BYTES
        end = starts[index + 1] - _FOOTER_BYTES
        if not begin <= offset <= offset + length <= end:
            raise ValueError(
                f"Image {item.key!r} should lie at bytes {offset} to "
                f"{offset + length} of {item.path}, but no record spans them."
            )
        places.append((starts[index], offset - begin, length))
    return places


def _record_starts(path):
    """The byte at which each record of a shard begins, and the file's end."""
    size = os.path.getsize(path)
    starts = [0]
    with open_regular(path) as file:
        while starts[-1] < size:
            file.seek(starts[-1])
            header = file.read(_LENGTH.size)
            length = (
                _LENGTH.unpack(header)[0]
                if len(header) == _LENGTH.size
                else size
            )
            frame = _HEADER_BYTES + length + _FOOTER_BYTES
            starts.append(starts[-1] + frame)
    if starts[-1] != size:
        raise ValueError(
            f"{path} is no complete TFRecord file: its last record should "
            f"end at byte {starts[-1]}, but the file has {size} bytes."
        )
    return starts
