import numpy as np
import pytest
import tensorflow as tf

from tfragan.data.captioned_images import CaptionedImage
from tfragan.data.encoded_image_reader import EncodedImageReader


def item(key, path, byte_range=None):
    return CaptionedImage(key, str(path), ("a bird",), byte_range=byte_range)


@pytest.fixture
def contents():
    rng = np.random.default_rng(0)
    return [rng.bytes(length) for length in (40, 5, 3000)]


@pytest.fixture
def shard_items(contents, tmp_path):
    """Three records that hold something around each image."""
    path = tmp_path / "shard.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for content in contents:
            writer.write(b"before" + content + b"after")
    shard = path.read_bytes()
    return [
        item(str(index), path, (shard.index(content), len(content)))
        for index, content in enumerate(contents)
    ]


def read_all(items, order):
    source = EncodedImageReader(items)
    indices = tf.data.Dataset.from_tensor_slices(np.asarray(order, np.int64))
    read = indices.map(source.read, num_parallel_calls=2)
    return list(read.as_numpy_iterator())


def test_images_within_records_are_read_in_any_order(contents, shard_items):
    order = [2, 0, 0, 1, 2]
    expected = [contents[index] for index in order]
    assert read_all(shard_items, order) == expected


def test_images_in_files_are_read(contents, tmp_path):
    items = []
    for index, content in enumerate(contents):
        (tmp_path / str(index)).write_bytes(content)
        items.append(item(str(index), tmp_path / str(index)))
    assert read_all(items, [1, 2]) == contents[1:]


def test_damaged_record_is_noticed(shard_items):
    path = shard_items[0].path
    with open(path, "r+b") as file:
        file.seek(shard_items[1].byte_range[0])
        file.write(b"#")
    assert len(read_all(shard_items, [0, 2])) == 2
    with pytest.raises(tf.errors.DataLossError):
        read_all(shard_items, [1])


def test_cut_off_shard_is_refused_by_name(shard_items):
    path = shard_items[0].path
    with open(path, "rb") as file:
        content = file.read()
    # In the last record, in its header, and within the header's length.
    for end in (len(content) - 9, len(content) - 3017, len(content) - 3025):
        with open(path, "wb") as file:
            file.write(content[:end])
        with pytest.raises(
            ValueError, match="shard.tfrecord is no complete TFRecord file"
        ):
            EncodedImageReader(shard_items)


def test_byte_range_outside_of_every_record_is_refused(shard_items):
    path = shard_items[0].path
    for byte_range in ((10**6, 5), (0, 5), (20, 100)):
        with pytest.raises(
            ValueError, match=f"'astray' should lie at bytes {byte_range[0]}"
        ):
            EncodedImageReader([item("astray", path, byte_range)])


def test_files_and_records_do_not_mix(shard_items, tmp_path):
    bare = item("bare", tmp_path / "bare.png")
    with pytest.raises(ValueError, match="'1' has a byte range and 'bare'"):
        EncodedImageReader([bare, shard_items[1]])
