"""Another backend of Keras is refused, before anything is computed."""

import os
import subprocess
import sys

import pytest

import tfragan.keras_backend


@pytest.mark.parametrize("backend", ["jax", "torch", "openvino"])
def test_another_backend_is_refused_at_import(backend):
    found = subprocess.run(
        [sys.executable, "-c", "import tfragan.models"],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 1
    last = found.stderr.splitlines()[-1]
    assert last.startswith("ImportError: tfragan needs Keras on TensorFlow")
    assert last.endswith(f"KERAS_BACKEND={backend}")


def test_a_backend_that_keras_was_configured_with_is_refused():
    with pytest.raises(ImportError, match="KERAS_BACKEND=numpy"):
        tfragan.keras_backend.require_tensorflow("numpy")
