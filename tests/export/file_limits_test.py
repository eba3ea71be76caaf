"""Files that unpack to more than they may are refused before they do."""

import io
import struct
import subprocess
import sys
import zlib

import keras
import pytest
import tensorflow as tf
from PIL import Image

from tests.models.translation import small_translators
from tfragan.export.file_limits import checked_count
from tfragan.export.file_limits import checked_files
from tfragan.export.serving import serving_of

_MOST = 1000
# Opens an export with TensorFlow alone and tells what a bomb does.
_ASK = """
import resource, sys
import tensorflow as tf

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

path, small, bomb = sys.argv[1:]
ask = tf.saved_model.load(path).signatures["serving_default"]
files = [tf.constant([open(name, "rb").read()]) for name in (small, bomb)]
ask(image_bytes=files[0])
before = peak()
try:
    ask(image_bytes=files[1])
except tf.errors.InvalidArgumentError as error:
    print("row 0 has 8192 x 8192 pixels" in error.message)
print(peak() - before < 100, "tfragan" in sys.modules)
"""


def png_chunk(kind, content):
    """A part of a PNG file."""
    check = zlib.crc32(kind + content)
    size = struct.pack(">I", len(content))
    return size + kind + content + struct.pack(">I", check)


def _png(width, height, rows=None, before=b"", notes=b""):
    """A black gray PNG; `rows` has another height of rows packed in it."""
    packer = zlib.compressobj()
    row = bytes(1 + width)
    packed = b"".join(
        packer.compress(row) for _ in range(height if rows is None else rows)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + before
        + png_chunk(b"IHDR", header)
        + notes
        + png_chunk(b"IDAT", packed + packer.flush())
        + png_chunk(b"IEND", b"")
    )


def _jpeg(width, height, **options):
    stream = io.BytesIO()
    Image.new("RGB", (width, height)).save(stream, "JPEG", **options)
    return stream.getvalue()


def _many_scans():
    """A progressive JPEG whose last scan is there 40 times."""
    file = _jpeg(16, 16, progressive=True)
    return file[:-2] + file[file.rfind(b"\xff\xda") : -2] * 40 + file[-2:]


def _with_false_frame():
    """A JPEG with a note that looks like the header of a large picture."""
    file = _jpeg(20, 10)
    frame = b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03"
    note = b"\xff\xfe" + struct.pack(">H", 2 + len(frame)) + frame
    # Bytes before a marker may be filled with 0xFF.
    return file[:2] + note + b"\xff\xff\xff" + file[2:]


def _with_large_frame():
    """A JPEG whose header says 65,500 x 65,500, the most there is."""
    file = _jpeg(20, 10)
    place = file.index(b"\xff\xc0") + 5
    return file[:place] + b"\xff\xdc\xff\xdc" + file[place + 4 :]


@tf.function(input_signature=[tf.TensorSpec((None,), tf.string)] * 2)
def _check(image_bytes, reference_bytes):
    request = {"image_bytes": image_bytes, "reference_bytes": reference_bytes}
    return checked_files(request, _MOST)


def _checked(files, references=()):
    answer = _check(
        tf.constant([*files], tf.string), tf.constant([*references], tf.string)
    )
    return answer["image_bytes"].numpy().tolist()


@pytest.mark.parametrize(
    "files",
    [
        [],
        [_png(40, 25)],
        [_jpeg(40, 25), _jpeg(1, 1)][:1],
        [_png(20, 20), _jpeg(20, 20, progressive=True), _png(1, 200)],
        [_with_false_frame()],
        # More rows than the header says.
        [_png(4, 4, rows=100_000)],
        [_png(4, 4, notes=png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b")))],
    ],
)
def test_files_within_the_limit_pass(files):
    assert _checked(files) == files


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([_png(4, 4), _png(41, 25, rows=0)], "row 1 has 41 x 25 pixels"),
        ([_jpeg(25, 41)], "row 0 has 25 x 41 pixels, expected at most 1000"),
        ([_png(4, 4)] * 63, "at most 1000 pixels in a request .*received 1008"),
        # As integers their product would be 0.
        ([_png(2**31 - 1, 2**32 - 1, rows=0)], "2147483647 x 4294967295"),
        ([_with_large_frame()], "row 0 has 65500 x 65500 pixels"),
        ([_jpeg(4, 4), b"GIF89a" + bytes(50)], "received another in row 1"),
        ([b"BM" + bytes(60)], "image_bytes must be JPEG or PNG files"),
        ([_png(4, 4)[:24]], "must be JPEG or PNG files"),
        ([b""], "must be JPEG or PNG files"),
        ([_jpeg(4, 4)[:40]], "JPEG"),
        ([_png(4, 4, before=png_chunk(b"aaAa", b"\0" * 8))], "must be JPEG or"),
        ([_many_scans()], "scans or packed notes, expected at most 32"),
        ([_png(4, 4, notes=png_chunk(b"zTXt", b"") * 33)], "has 33 scans or"),
    ],
)
def test_what_a_file_says_of_itself_is_refused_by_name(files, sentence):
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        _checked(files)
    assert _checked(files[:1] * 0) == []


def test_all_inputs_of_a_request_count_together():
    half = [_png(20, 26)]
    assert _checked(half) == half
    sentence = "image_bytes and reference_bytes: .* received 1040"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        _checked(half, half)
    sentence = "reference_bytes: row 0 has 41 x 25"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        _checked([], [_png(41, 25)])


def test_pictures_that_are_asked_for_have_a_limit():
    spec = tf.TensorSpec((None,), tf.int32)
    check = tf.function(
        lambda rows: checked_count(rows, 10, 350), input_signature=[spec]
    )
    assert check(tf.range(3)).numpy().tolist() == [0, 1, 2]
    sentence = "at most 3 pictures of 10 x 10 pixels .* received 4"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        check(tf.range(4))


def test_sizes_that_are_asked_for_have_a_limit(served):
    def ask(*sizes):
        return served["with_size"](
            caption=tf.constant(["a"] * len(sizes)),
            seed=tf.range(len(sizes)),
            size=tf.constant(sizes),
        )

    assert len(ask(16, 16)["image_bytes"]) == 2
    sentence = "size: expected at most 16777216 pixels .* received 16777217"
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        ask(2048, 2048, 2048, 2048, 1)


def test_a_bomb_takes_no_memory_with_tensorflow_alone(translator, tmp_path):
    (tmp_path / "small.png").write_bytes(_png(16, 16))
    (tmp_path / "bomb.png").write_bytes(_png(8192, 8192))
    found = subprocess.run(
        [sys.executable, "-I", "-c", _ASK, str(translator.path)]
        + ["small.png", "bomb.png"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert found.stdout.split() == ["True", "True", "False"]


def test_a_layer_refuses_a_bomb_too(translator):
    layer = keras.layers.TFSMLayer(
        str(translator.path), call_endpoint="serving_default"
    )
    answer = layer({"image_bytes": tf.constant([_png(16, 16)])})
    assert len(answer["image_bytes"]) == 1
    with pytest.raises(tf.errors.InvalidArgumentError, match="row 0 has 8192"):
        layer({"image_bytes": tf.constant([_png(8192, 8192)])})


@pytest.mark.parametrize("limit", [0, 1.5, True, 2**53])
def test_a_limit_is_a_whole_number(limit):
    with pytest.raises(ValueError, match="max_pixels: expected a whole number"):
        serving_of(small_translators.cyclegan(), max_pixels=limit)
