"""Exports answer alike in other versions of TensorFlow, which is all there is.

`make compatibility` makes an environment a version, build/compatibility/2.19
and so on, and runs this.
"""

import base64
import json
import pathlib
import subprocess
import warnings

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from benchmarks.hostile_requests import families
from tests.models import small_models
from tfragan.export.serving import serving_of
from tfragan.export.verification import ask
from tfragan.export.verification import decoded
from tfragan.export.verification import largest_difference
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary

pytestmark = pytest.mark.compatibility

_ENVIRONMENTS = sorted(
    pathlib.Path(__file__).parents[2].glob("build/compatibility/*/bin/python")
)
_GRAY_LEVELS = 1
# A share of the largest value: kernels add up in another order.
_MAPS = 1e-3
_ASK = """
import base64, importlib, json, pathlib, sys
import tensorflow as tf

path = pathlib.Path(sys.argv[1])
for package in json.loads((path / "export.json").read_text())["needs"]:
    importlib.import_module(package)
served = tf.saved_model.load(str(path)).signatures
answers = []
for signature, request in json.loads(sys.stdin.read()):
    tensors = {
        name: tf.io.parse_tensor(base64.b64decode(value), kind)
        for name, (kind, value) in request.items()
    }
    answers.append({
        name: [value.dtype.name, base64.b64encode(
            tf.io.serialize_tensor(value).numpy()).decode()]
        for name, value in served[signature](**tensors).items()
    })
print(json.dumps([tf.__version__, "tfragan" in sys.modules, answers]))
"""


def _written(values):
    """Tensors of a request or an answer as JSON holds them."""
    return {
        name: [
            tf.constant(value).dtype.name,
            base64.b64encode(
                tf.io.serialize_tensor(tf.constant(value)).numpy()
            ).decode(),
        ]
        for name, value in values.items()
    }


def _read(values):
    return {
        name: tf.io.parse_tensor(base64.b64decode(value), kind).numpy()
        for name, (kind, value) in values.items()
    }


def _wordpieces():
    model = small_models.attngan()
    # As many as its word embeddings.
    tokens = ["[PAD]", "[UNK]", *small_models.WORDS[2:]]
    model.damsm.tokenizer = CaptionTokenizer(
        Vocabulary(tokens, "wordpiece"), max_words=6
    )
    return model


_MODELS = {**families(), "attngan_wordpieces": _wordpieces}


@pytest.fixture(scope="module", params=sorted(_MODELS))
def case(request, tmp_path_factory):
    """The folder of an export, requests to it and their answers."""
    model = _MODELS[request.param]()
    folder = tmp_path_factory.mktemp(request.param)
    with warnings.catch_warnings():
        # That tensorflow_text is to be imported.
        warnings.simplefilter("ignore", UserWarning)
        path = tfragan.export.saved_model(model, folder)
    requests = serving_of(model).warmup_requests()
    served = tf.saved_model.load(str(path)).signatures
    answers = [ask(served[name], inputs) for name, inputs in requests]
    return path, requests, answers


def _assert_alike(found, expected, name):
    if name.endswith("_bytes"):
        # Sizes may differ from row to row.
        for one, other in zip(found, expected, strict=True):
            _assert_alike(decoded([one]), decoded([other]), "pixels")
        return
    if found.dtype == object:
        np.testing.assert_array_equal(found, expected)
        return
    most = _GRAY_LEVELS
    if found.dtype == np.float32:
        most = _MAPS * np.abs(expected).max(initial=1e-6)
    assert largest_difference(found, expected) <= most, name


def test_there_are_environments_to_try():
    assert _ENVIRONMENTS, "make compatibility makes them"


@pytest.mark.parametrize(
    "python", _ENVIRONMENTS, ids=lambda python: python.parents[1].name
)
def test_an_export_answers_as_where_it_was_written(python, case):
    path, requests, expected = case
    questions = [[name, _written(inputs)] for name, inputs in requests]
    found = subprocess.run(
        [python, "-I", "-c", _ASK, str(path)],
        input=json.dumps(questions),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    version, has_package, answers = json.loads(found.stdout.splitlines()[-1])
    assert version.startswith(python.parents[1].name)
    assert not has_package
    for answer, one in zip(answers, expected, strict=True):
        assert answer.keys() == one.keys()
        for name, values in _read(answer).items():
            _assert_alike(values, one[name], name)
