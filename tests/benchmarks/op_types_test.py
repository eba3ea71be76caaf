"""The steps of all models run on oneDNN where that is faster."""

import json
import os
import subprocess
import sys

import pytest

from tfragan.cli.bfloat16_units import cpu_flags

# Graphs of seven models take two minutes.
pytestmark = pytest.mark.slow
_MODELS = ("damsm", "attngan", "ssagan", "dfgan", "ragan", "ugatit", "cyclegan")
# Transposed convolutions that cut borders which oneDNN can't: padding their
# kernels, slicing their outputs or splitting them into four made forward and
# backward together 1.3 to 2.9 times as slow in float32.
_CUTTING = {"ragan", "ugatit", "cyclegan"}

_SCRIPT = """
import json, keras
import tensorflow as tf
from benchmarks.op_types import off_onednn
from benchmarks.subject import batch_of_noise
from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators

makers = {
    "damsm": small_models.damsm,
    "attngan": small_models.attngan,
    "ssagan": small_models.ssagan,
    "dfgan": small_models.dfgan,
    "ragan": small_ragans.ragan,
    "ugatit": small_translators.ugatit,
    "cyclegan": small_translators.cyclegan,
}

def missed(make):
    model = make()
    model.compile()
    batch = batch_of_noise(model, 2)
    step = tf.function(model.train_step, autograph=False)
    return off_onednn(lambda: step(batch))

found = {name: missed(make) for name, make in makers.items()}
keras.config.set_dtype_policy("mixed_bfloat16")
for name in ("ragan", "ugatit", "cyclegan"):
    found[f"{name} in bfloat16"] = missed(makers[name])
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
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", _MODELS)
def test_a_step_runs_on_onednn(found, name):
    missed = found[name]

    if name in _CUTTING:
        assert set(missed) == {"Conv2DBackpropInput", "Conv2DBackpropFilter"}
    else:
        assert missed == {}


@pytest.mark.skipif(
    not {"avx512_bf16", "amx_bf16"} & cpu_flags(),
    reason="oneDNN computes bfloat16 on units for it only",
)
@pytest.mark.parametrize("name", sorted(_CUTTING))
def test_nothing_is_left_to_slow_kernels_in_bfloat16(found, name):
    assert found[f"{name} in bfloat16"] == {}


def test_an_op_that_misses_onednn_is_seen(found):
    assert found["explicit"] == {"Conv2DBackpropInput": 1}
