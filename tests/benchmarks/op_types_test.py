"""The steps of all models run on oneDNN where that is faster."""

import json
import os
import subprocess
import sys

import pytest

# Graphs of eight models take two minutes.
pytestmark = pytest.mark.slow
_NETWORKS = {"generator_width": 4, "discriminator_width": 4}
_CAPTIONED = {"embedding_dim": 8, **_NETWORKS}
_SUBJECTS = {
    "damsm": {"embedding_dim": 8},
    "attngan": {"base_size": 16, "stages": 2, "damsm_weight": 5.0},
    "dmgan": {"base_size": 16, "stages": 2, "damsm_weight": 5.0},
    "ssagan": {"image_size": 32, "mask_filters": 4, "damsm_weight": 0.05},
    "dfgan": {"image_size": 32},
    "ragan": {"image_size": 64, "encoder_width": 4, "encoder_blocks": 2},
    "ugatit": {"image_size": 64, "light": True, "discriminator_depth": 5},
    "cyclegan": {"image_size": 64},
}
for _name in ("attngan", "dmgan", "ssagan", "dfgan", "ragan"):
    _SUBJECTS[_name] |= _CAPTIONED
_SUBJECTS["ugatit"]["width"] = 4
_SUBJECTS["cyclegan"] |= {"width": 4, "discriminator_width": 4}
# Transposed convolutions that cut borders which oneDNN can't: padding their
# kernels, slicing their outputs or splitting them into four made forward and
# backward together 1.3 to 2.9 times as slow.
_CUTTING = {"ragan", "ugatit", "cyclegan"}

_SCRIPT = """
import json, sys
import tensorflow as tf
from benchmarks.op_types import off_onednn
from benchmarks.subject import batch_of_noise, subject_of

found = {}
for name, options in json.loads(sys.argv[1]).items():
    model = subject_of(name, **options).model()
    model.compile()
    batch = batch_of_noise(model, 2)
    step = tf.function(model.train_step, autograph=False)
    found[name] = off_onednn(lambda: step(batch))
k = tf.ones((4, 4, 8, 8))
cut = [[0, 0], [1, 1], [1, 1], [0, 0]]
known = tf.function(
    lambda: tf.nn.conv2d_transpose(
        tf.random.stateless_normal((1, 8, 8, 8), (0, 0)),
        k, (1, 16, 16, 8), 2, cut
    )
)
found["explicit"] = off_onednn(known)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    """Dict of a model to what misses oneDNN in its step."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps(_SUBJECTS)],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", _SUBJECTS)
def test_a_step_runs_on_onednn(found, name):
    missed = found[name]

    if name in _CUTTING:
        assert set(missed) == {"Conv2DBackpropInput", "Conv2DBackpropFilter"}
    else:
        assert missed == {}


def test_an_op_that_misses_onednn_is_seen(found):
    assert found["explicit"] == {"Conv2DBackpropInput": 1}
