"""A model without weights that fake servers answer for."""

import dataclasses
import io
import threading

import numpy as np
from PIL import Image

STRING = "DT_STRING"
FLOAT = "DT_FLOAT"
INT = "DT_INT32"
_FILE = {"image_bytes": (STRING, [-1])}
_CAPTION = {"caption": (STRING, [-1]), "seed": (INT, [-1])}
_MAP = {"attention_map_2": (FLOAT, [-1, 2, 2, 3])}
_WORDS = {"words": (STRING, [-1, 3])}

# Name to a pair of inputs and outputs, as exported models have them.
CAPTIONS = {
    "serving_default": (_CAPTION, _FILE),
    "with_attention": (_CAPTION, {**_FILE, **_WORDS, **_MAP}),
    "with_masks": (_CAPTION, {**_FILE, "mask_2": (FLOAT, [-1, 2, 2, 1])}),
    "images": (_CAPTION, {"image": ("DT_UINT8", [-1, 4, 4, 3])}),
}
TRANSLATION = {
    "serving_default": (_FILE, _FILE),
    "input_size": (_FILE, _FILE),
    "ba": (_FILE, _FILE),
    "ba_input_size": (_FILE, _FILE),
    "with_attention": (
        _FILE,
        {
            **_FILE,
            "heat_map": (FLOAT, [-1, 2, 2]),
            "heat_map_bytes": (STRING, [-1]),
        },
    ),
}
EDIT = {
    name: ({**_FILE, "caption": (STRING, [-1])}, {**_FILE, **more})
    for name, more in (
        ("serving_default", {}),
        ("edit", {}),
        ("edit_with_attention", {**_WORDS, **_MAP}),
    )
}
_GUIDED = {**_FILE, "caption": (STRING, [-1])}
COLORS = {
    "serving_default": ({**_GUIDED, "seed": (INT, [-1])}, _FILE),
    "colorize": ({**_GUIDED, "seed": (INT, [-1])}, _FILE),
    "colorize_from_reference": (
        {**_GUIDED, "reference_bytes": (STRING, [-1])},
        _FILE,
    ),
}
LABELS = {
    "edit": ({**_FILE, "label_ids": (INT, [-1, -1])}, _FILE),
}
# Every dtype gives itself back.
_TENSORS = {
    "half": ("DT_HALF", [-1]),
    "single": (FLOAT, [-1, 2]),
    "double": ("DT_DOUBLE", [-1]),
    "byte": ("DT_UINT8", [-1]),
    "long": ("DT_INT64", [-1]),
    "flag": ("DT_BOOL", [-1]),
    "text": (STRING, [-1]),
    "raw_bytes": (STRING, [-1]),
}
ECHO = {
    "serving_default": (_TENSORS, _TENSORS),
    "one": ({"text": (STRING, [-1])}, {"text": (STRING, [-1])}),
    "empty": ({"seed": (INT, [-1])}, {"map": (FLOAT, [-1, 2, 3])}),
}


@dataclasses.dataclass
class Failure:
    """What a server does in place of an answer.

    Attributes:
        http: the status; 0 for the `act`.
        grpc: the code.
        message: what it says.
        headers: dict of more headers over HTTP.
        act: `"reset"`, `"stall"`, `"cut"`, `"drip"`, `"chunks"`, `"broken
            chunks"`, `"last"` or `"nonsense"`.
    """

    http: int = 0
    grpc: str = "UNAVAILABLE"
    message: str = "busy"
    headers: dict = dataclasses.field(default_factory=dict)
    act: str = ""


class FakeModel:
    """Signatures, and what was asked of them.

    Args:
        signatures: one of the dicts above.
        version: int.
    """

    name = "birds"

    def __init__(self, signatures=CAPTIONS, version=1):
        self.signatures = signatures
        self.version = version
        self.states = [(version, "AVAILABLE", "")]
        self.failures = []
        self.metadata_failures = []
        self.requests = []
        self.headers = []
        self.metadata_reads = 0
        # Whether clients have to prove who they are, by the server's own
        # certificate.
        self.knows_clients = False
        self.stop = threading.Event()

    def next_failure(self):
        """The next `Failure`, or None."""
        return self.failures.pop(0) if self.failures else None

    def answer(self, signature, inputs):
        """Outputs by name, arrays; bytes as objects."""
        self.requests.append((signature, inputs))
        _, outputs = self.signatures[signature]
        rows = len(next(iter(inputs.values())))
        answer = {}
        for name, (dtype, sizes) in outputs.items():
            if name in inputs and name != "image_bytes":
                answer[name] = inputs[name]
            elif name.endswith("_bytes"):
                answer[name] = _objects([_file(inputs, n) for n in range(rows)])
            elif dtype == STRING:
                words = [[b"a", "ré".encode(), b""]] * rows
                answer[name] = np.array(words, object).reshape(rows, 3)
            else:
                kind = np.uint8 if dtype == "DT_UINT8" else np.float32
                shape = (rows, *sizes[1:])
                values = np.arange(np.prod(shape), dtype=kind)
                answer[name] = values.reshape(shape)
        return answer


def _objects(values):
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _file(inputs, row):
    """A PNG whose color tells the row's seed."""
    seeds = inputs.get("seed")
    level = row if seeds is None else int(seeds[row])
    return png((4, 4), (level, 0, 255))


def png(size, color, **options):
    """A picture of one color as a file.

    Args:
        size: width and height.
        color: three levels.
        **options: of `PIL.Image.Image.save`.
    """
    stream = io.BytesIO()
    form = options.pop("format", "PNG")
    Image.new("RGB", size, color).save(stream, form, **options)
    return stream.getvalue()


class FakeClock:
    """Time that passes while someone sleeps, and at no other time."""

    def __init__(self):
        self.now = 100.0
        self.sleeps = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds
