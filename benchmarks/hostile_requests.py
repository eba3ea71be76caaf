"""Inputs that are made to break a served model, on exports of every family.

python -m benchmarks.hostile_requests
python -m benchmarks.hostile_requests --count=1000 --only='ragan*'

A server of any make hands a signature arrays of its types; what is not caught
before has to be refused by the graph, or answered. Exports tiny models, asks
all their signatures in this process and prints a table. Ends with status 1
where an input was answered that has to be refused, was refused without a
sentence or by another error than a wrong argument's, or took more than
SLOWEST seconds, or where a good request had another answer afterwards.
"""

import argparse
import collections
import dataclasses
import fnmatch
import functools
import io
import json
import pathlib
import random
import struct
import sys
import tempfile
import time
import zlib

import numpy as np
from PIL import Image

SLOWEST = 60.0
_PNG = b"\x89PNG\r\n\x1a\n"
_FILES = ("image_bytes", "reference_bytes")
_CHECK_EVERY = 100
# Requests after which memory is taken to be laid out.
_SETTLED = 0.2


def good_request(inputs, rows=1):
    """A request that is answered.

    Args:
        inputs: dict of what the signature takes to its shape, a list.
        rows: how many.

    Returns:
        Dict of name to array.
    """
    photo = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    stream = io.BytesIO()
    photo.save(stream, "PNG")
    values = {
        "caption": np.array([b"a red bird with black wings"], object),
        "seed": np.array([7], np.int32),
        "image_bytes": np.array([stream.getvalue()], object),
        "reference_bytes": np.array([stream.getvalue()], object),
        "label_ids": np.array([[0]], np.int32),
        "size": np.array([16], np.int32),
        "truncation": np.array([0.5], np.float32),
    }
    if "images" in inputs:
        values["images"] = np.zeros((1, *inputs["images"][1:]), np.uint8)
    return {name: np.repeat(values[name], rows, 0) for name in inputs}


def hostile_request(draw, inputs):
    """One hostile request.

    Args:
        draw: a `random.Random`.
        inputs: dict of what the signature takes to its shape, a list.

    Returns:
        Tuple of the kind, a dict of name to array, and whether it has to be
        refused; other requests may be answered.
    """
    names = sorted(_KINDS)
    while True:
        weights = [_KINDS[name].weight for name in names]
        (name,) = draw.choices(names, weights)
        kind = _KINDS[name]
        taken = [one for one in kind.inputs if one in inputs]
        # With one input any number of rows is right.
        if len(inputs) >= kind.fewest and (taken or not kind.inputs):
            break
    request = good_request(inputs)
    if not kind.inputs:
        return name, kind.make(draw, request), kind.refused
    return name, {**request, draw.choice(taken): kind.make(draw)}, kind.refused


@dataclasses.dataclass(frozen=True)
class _Kind:
    """A kind of hostile request.

    Attributes:
        inputs: names of inputs of which one is replaced; none for all.
        make: function of a `random.Random` to the array, or with the good
            request as second argument to all of the request.
        refused: whether it has to be.
        weight: how often it is drawn, beside others.
        fewest: of the inputs that a signature takes.
    """

    inputs: tuple
    make: object
    refused: bool
    weight: float = 1.0
    fewest: int = 1


def _empty(draw, request):
    return {name: values[:0] for name, values in request.items()}


def _uneven(draw, request):
    name = draw.choice(sorted(request))
    return {**request, name: np.repeat(request[name], 3, 0)}


def _another_rank(draw, request):
    name = draw.choice(sorted(request))
    values = request[name]
    return {**request, name: draw.choice([values[None], values[0]])}


def _another_type(draw, request):
    name = draw.choice(sorted(request))
    values = np.full(request[name].shape, draw.choice([1j, 2.5, True]))
    return {**request, name: values}


def _many_rows(draw, request):
    return {
        name: np.repeat(values, 30_000, 0) for name, values in request.items()
    }


def _strings(*values):
    return np.array(values, object)


def _noise_caption(draw):
    return _strings(
        draw.choice(
            [
                draw.randbytes(draw.randrange(1, 4096)),
                b"\xff\xfe\x80",
                b"\x00" * 100,
                b"a red\x00 bird",
                "\N{COMBINING ACUTE ACCENT}".encode() * 10_000,
                "\N{RIGHT-TO-LEFT OVERRIDE}bird".encode(),
                b"\xed\xa0\x80 bird",
                b"bird" * 10_000,
            ]
        )
    )


def _seed(draw):
    return np.array([draw.choice([-(2**31), -1, 2**31 - 1])], np.int32)


def _truncation(draw):
    values = [float("nan"), float("inf"), 0.0, -1.0, 1.5]
    return np.array([draw.choice(values)], np.float32)


def _labels(draw):
    values = [[-1], [2**31 - 1], [-(2**31)], [0] * 100_000, []]
    return np.array([draw.choice(values)], np.int32)


def _photo(draw):
    stream = io.BytesIO()
    kind = draw.choice(["PNG", "JPEG"])
    Image.frombytes("L", (64, 64), draw.randbytes(64 * 64)).save(stream, kind)
    return stream.getvalue()


def _truncated_file(draw):
    contents = _photo(draw)
    return _strings(contents[: draw.randrange(len(contents) // 2)])


def _damaged_file(draw):
    contents = bytearray(_photo(draw))
    for _ in range(draw.randrange(1, 20)):
        contents[draw.randrange(len(contents))] = draw.randrange(256)
    return _strings(bytes(contents))


def _cut_bomb(draw):
    """A PNG that declares more pixels than it has."""
    side = draw.choice([1_000, 2_000, 2**31 - 1, 2**32 - 1])
    return _strings(_png(side, zlib.compress(bytes(50_000))))


@functools.cache
def _unpacked_rows(side):
    packer = zlib.compressobj()
    row = bytes(1 + 3 * side)
    return b"".join(packer.compress(row) for _ in range(side)) + packer.flush()


def _bomb(draw):
    """A PNG of 200 kB that has the pixels it declares."""
    return _strings(_png(8192, _unpacked_rows(8192)))


def _small_header(draw):
    """A PNG that has more pixels than it declares."""
    return _strings(_png(4, _unpacked_rows(8192)))


def _png(side, rows, notes=b""):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    chunks = [_chunk(*part) for part in parts]
    return b"".join([_PNG, chunks[0], notes, *chunks[1:]])


def _chunk(name, data):
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def _packed_notes(draw):
    note = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20)))
    return _strings(_png(16, _unpacked_rows(16), note * 100))


def _many_scans(draw):
    stream = io.BytesIO()
    Image.new("L", (2048, 2048)).save(stream, "JPEG", progressive=True)
    file = stream.getvalue()
    scan = file[file.rfind(b"\xff\xda") : -2]
    return _strings(file[:-2] + scan * 1000 + file[-2:])


def _no_image(draw):
    return _strings(
        draw.choice(
            [
                b"",
                bytes(200),
                draw.randbytes(200),
                _PNG + draw.randbytes(200),
                _PNG + _photo(draw),
                b"\xff\xd8\xff" + _PNG + draw.randbytes(200),
                b"GIF89a" + draw.randbytes(50),
                b"BM" + draw.randbytes(50),
                b"RIFF\x00\x00\x00\x00WEBPVP8 " + draw.randbytes(50),
            ]
        )
    )


_KINDS = {
    "no rows": _Kind((), _empty, False),
    "rows of different number": _Kind((), _uneven, True, fewest=2),
    "another rank": _Kind((), _another_rank, True),
    "another type": _Kind((), _another_type, True),
    "30,000 rows": _Kind((), _many_rows, True, 0.1),
    "noise for a caption": _Kind(("caption",), _noise_caption, False),
    "ten megabytes of caption": _Kind(
        ("caption",),
        lambda draw: _strings(b"a bird " * 1_500_000),
        False,
        0.03,
    ),
    "extreme seeds": _Kind(("seed",), _seed, False),
    "sizes out of range": _Kind(
        ("size",),
        lambda draw: np.array([draw.choice([0, -1, 2049, 2**31 - 1])], "int32"),
        True,
    ),
    "NaN and other truncations": _Kind(("truncation",), _truncation, True),
    "labels that there are not": _Kind(("label_ids",), _labels, True),
    "truncated image": _Kind(_FILES, _truncated_file, True),
    "damaged image": _Kind(_FILES, _damaged_file, False),
    "image of more pixels than it has": _Kind(_FILES, _cut_bomb, True),
    "image of fewer pixels than it has": _Kind(_FILES, _small_header, False),
    "image of too many pixels": _Kind(_FILES, _bomb, True),
    "image of too many scans": _Kind(_FILES, _many_scans, True),
    "image of too many notes": _Kind(_FILES, _packed_notes, True),
    "no image": _Kind(_FILES, _no_image, True),
}


def memory():
    """Resident memory of this process in MiB."""
    status = pathlib.Path("/proc/self/status").read_text()
    (line,) = [x for x in status.splitlines() if x.startswith("VmRSS")]
    return int(line.split()[1]) // 1024


class Served:
    """Signatures that are asked in this process.

    Args:
        signatures: dict of name to function of keyword arguments.
        inputs: dict of name to a dict of what the signature takes to its
            shape, a list.
    """

    def __init__(self, signatures, inputs):
        self._signatures = signatures
        self.inputs = inputs

    def ask(self, signature, request):
        """The answer as a dict of lists, or None where it is refused.

        Raises:
            ValueError: it is refused without a word.
            Exception: any that does not say that an argument is wrong.
        """
        import tensorflow as tf

        try:
            answer = self._signatures[signature](
                **{name: tf.constant(value) for name, value in request.items()}
            )
        except (tf.errors.InvalidArgumentError, TypeError, ValueError) as error:
            # The last two are of shapes that the signature does not have.
            if len(str(error)) < 10:
                raise ValueError(f"{signature}: no sentence") from error
            return None
        return {name: value.numpy().tolist() for name, value in answer.items()}


def load(folder):
    """Loads an exported version.

    Args:
        folder: of the version.

    Returns:
        Tuple of the name of the model's class and a `Served`.
    """
    import tensorflow as tf

    told = json.loads((folder / "export.json").read_text("utf-8"))
    for package in told["needs"]:
        __import__(package)
    inputs = {
        name: {one: about["shape"] for one, about in sides["inputs"].items()}
        for name, sides in told["signatures"].items()
    }
    # What it holds is gone with the object that is loaded.
    loaded = tf.saved_model.load(str(folder))
    signatures = {
        name: functools.partial(_asked, loaded, name) for name in inputs
    }
    return told["class_name"], Served(signatures, inputs)


def _asked(loaded, name, **request):
    return loaded.signatures[name](**request)


@dataclasses.dataclass
class Outcome:
    """What became of the hostile inputs of a signature or of a kind.

    Attributes:
        refused: how many were.
        answered: how many were.
        slowest: seconds of the slowest.
        growth: MiB by which memory grew once it had settled.
    """

    refused: int = 0
    answered: int = 0
    slowest: float = 0.0
    growth: int = 0

    def add(self, answered, seconds):
        """Counts one."""
        self.answered += answered
        self.refused += not answered
        self.slowest = max(self.slowest, seconds)


def try_hostile(served, count, names=None):
    """Asks hostile requests, with a good one between them now and then.

    Args:
        served: a `Served`.
        count: how many.
        names: list of signatures; by default all of them.

    Returns:
        Tuple of the `Outcome` of all; a dict of kind to `Outcome`; and the
        number of wrong answers, which are printed.
    """
    draw = random.Random(0)
    total, kinds = Outcome(), collections.defaultdict(Outcome)
    names = names or sorted(served.inputs)
    good = {name: good_request(served.inputs[name]) for name in names}
    expected = {name: served.ask(name, good[name]) for name in names}
    wrong = sum(answer is None for answer in expected.values())
    settled = 0
    for number in range(count):
        if number == int(_SETTLED * count):
            settled = memory()
        name = draw.choice(names)
        kind, request, refused = hostile_request(draw, served.inputs[name])
        start = time.perf_counter()
        try:
            answer = served.ask(name, request)
        except Exception as error:
            answer, refused = {}, True
            print(f"{type(error).__name__} of {name}: {str(error)[:500]}")
        seconds = time.perf_counter() - start
        for outcome in (total, kinds[kind]):
            outcome.add(answer is not None, seconds)
        if (refused and answer is not None) or seconds > SLOWEST:
            wrong += 1
            print(f"answered or slow, {seconds:.1f} s: {name}, {kind}")
        if number % _CHECK_EVERY == 0:
            wrong += served.ask(name, good[name]) != expected[name]
    total.growth = memory() - settled
    for name in names:
        wrong += served.ask(name, good[name]) != expected[name]
    return total, dict(kinds), wrong


def table(head, rows):
    """Lines of a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(outcome):
    return [
        f"{outcome.refused + outcome.answered:,}",
        f"{outcome.refused:,}",
        f"{outcome.answered:,}",
        f"{outcome.slowest:.2f}",
    ]


def kinds_table(kinds):
    """Table of the outcomes by kind."""
    head = ["hostile inputs", "inputs", "refused", "answered", "slowest, s"]
    rows = [[kind, *_cells(one)] for kind, one in sorted(kinds.items())]
    return table(head, rows)


def families():
    """Dict of name to a function that makes a tiny model."""
    from tests.models import small_models
    from tests.models.ragan import small_ragans
    from tests.models.translation import small_translators

    def ragan(supervised, guidance):
        return functools.partial(small_ragans.ragan, supervised, guidance)

    return {
        "attngan": small_models.attngan,
        "ssagan": small_models.ssagan,
        "dfgan": small_models.dfgan,
        "dmgan": small_models.dmgan,
        "ugatit": small_translators.ugatit,
        "cyclegan": small_translators.cyclegan,
        "ragan_text": ragan(False, "text"),
        "ragan_label": ragan(False, "label"),
        "ragan_image": ragan(True, "image"),
        "ragan_colorize_text": ragan(True, "text"),
        "ragan_colorize_label": ragan(True, "label"),
    }


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="*", help="names of families")
    parser.add_argument("--count", type=int, default=10_000, help="of all")
    options = parser.parse_args(arguments)
    import tfragan

    chosen = {
        name: make
        for name, make in families().items()
        if fnmatch.fnmatch(name, options.only)
    }
    head = ["model", "signature", "inputs", "refused", "answered"]
    rows, kinds, wrong = [], collections.defaultdict(Outcome), 0
    for model, make in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            path = tfragan.export.saved_model(make(), folder)
            _, served = load(path)
        each = -(-options.count // (len(chosen) * len(served.inputs)))
        for name in sorted(served.inputs):
            outcome, by_kind, failures = try_hostile(served, each, [name])
            cells = [*_cells(outcome), f"{outcome.growth:+}"]
            rows.append([model, f"`{name}`", *cells])
            print(*rows[-1], flush=True)
            wrong += failures
            for kind, one in by_kind.items():
                kinds[kind].refused += one.refused
                kinds[kind].answered += one.answered
                kinds[kind].slowest = max(kinds[kind].slowest, one.slowest)
    print(table([*head, "slowest, s", "memory, MiB"], rows), "\n")
    print(kinds_table(kinds), "\n")
    print(f"{wrong} wrong answers")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
