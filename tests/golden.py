"""Reading the golden arrays of the published implementations.

`TFRAGAN_REFERENCE` names the folder that holds `attngan/`, `addons/` and so
on; without it the choice in `tests/reference` is used.
"""

import contextlib
import os
import pathlib

import keras
import numpy as np
import pytest

_HERE = pathlib.Path(__file__).parent


def reference_folder():
    """The folder of golden arrays, from the environment or the repository."""
    return pathlib.Path(
        os.environ.get("TFRAGAN_REFERENCE") or _HERE / "reference"
    )


def load(family, name):
    """Loads `<family>/<name>.npz` as a dict, or skips where it is not there.

    Only the repository's own small choice may lack a file; a folder named by
    the environment must hold every one.
    """
    path = reference_folder() / family / f"{name}.npz"
    if not path.exists() and not os.environ.get("TFRAGAN_REFERENCE"):
        pytest.skip(f"{path.name} is not in the repository's choice")
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


@contextlib.contextmanager
def policy_of_the_session(policy):
    """Networks that are made within have this dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def double_precision():
    """Networks that are made within compute in float64.

    A training step amplifies rounding: Adam's first step is as long for a
    gradient of rounding noise as for any other, and what is learned from the
    updated network differs by percents. In float64 only formulas can differ,
    on any processor.
    """
    return policy_of_the_session("float64")


def group(arrays, prefix):
    """The arrays whose keys start with `prefix/`, without that prefix."""
    prefix = prefix.rstrip("/") + "/"
    return {
        key[len(prefix) :]: value
        for key, value in arrays.items()
        if key.startswith(prefix)
    }


def relative_error(actual, expected):
    """max |a - b| / max |b| over an array, the measure of the references."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    scale = max(np.abs(expected).max(initial=0.0), 1e-12)
    return np.abs(actual - expected).max(initial=0.0) / scale


def assert_close(actual, expected, tolerance, name=""):
    """Asserts that `relative_error` is at most `tolerance`."""
    error = relative_error(actual, expected)
    assert error <= tolerance, f"{name}: error {error:.2e} > {tolerance:.0e}"


def assert_thinned_close(actual, arrays, key, tolerance):
    """Compares an NCHW array with `key` or its thinned forms.

    `@subN`, `@corner16`, `@chansum`, `@l2`, `@sum` and `@flat_subN` are the
    thinned forms; at least one entry has to be there.
    """
    actual = np.asarray(actual, np.float64)
    checked = 0
    for name, expected in arrays.items():
        if name == key:
            assert_close(actual, expected, tolerance, name)
        elif name.startswith(key + "@"):
            kind = name.split("@")[1]
            limit = tolerance
            if kind.startswith("sub"):
                step = int(kind[3:])
                thin = actual[..., ::step, ::step]
            elif kind == "corner16":
                thin = actual[..., :16, -16:]
            elif kind == "chansum":
                thin = actual.sum((-2, -1))
                # Sums cancel: measure them against the summed magnitudes.
                scale = np.abs(actual).sum((-2, -1)).max()
                error = np.abs(thin - expected).max() / max(scale, 1e-12)
                assert error <= tolerance, f"{name}: error {error:.2e}"
                checked += 1
                continue
            elif kind == "l2":
                thin = np.linalg.norm(actual)
            elif kind == "sum":
                thin = actual.sum()
                limit = max(tolerance, 2e-3)
            elif kind.startswith("flat_sub"):
                thin = actual.reshape(-1)[:: int(kind[8:])]
            else:
                raise AssertionError(f"unknown thinning {name}")
            assert_close(thin, expected, limit, name)
        else:
            continue
        checked += 1
    assert checked, f"no array {key} in the fixture"


def nhwc(array):
    """(batch, channels, height, width) to (batch, height, width, channels)."""
    return np.transpose(array, (0, 2, 3, 1))


def nchw(array):
    """(batch, height, width, channels) to (batch, channels, height, width)."""
    return np.transpose(np.asarray(array), (0, 3, 1, 2))
