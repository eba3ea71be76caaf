"""Exports of tiny models that the tests of this folder share."""

import collections
import contextlib
import os

import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.cli.conftest import run_tfragan
from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators

Exported = collections.namedtuple("Exported", ["model", "path"])


def assert_same(parity):
    """What `export.json` tells of an export that is its model.

    In whole batches kernels round by the number of rows.
    """
    assert parity["samples"] == 3
    assert parity["max_pixel_difference"] <= 1
    assert parity["max_attention_difference"] < 1e-5


def assert_near(found, expected):
    """Arrays of pixels that differ by a level of 255 at most."""
    found = np.asarray(found).astype(int)
    assert found.shape == np.shape(expected)
    assert np.abs(found - expected).max(initial=0) <= 1


@pytest.fixture(autouse=True, scope="module")
def _exports_are_loaded_once():
    """An export's own comparison has warmed up what the tests ask then."""
    load, loaded = tf.saved_model.load, {}

    def load_once(path, *args, **options):
        try:
            file = os.stat(os.path.join(path, "saved_model.pb"))
        except FileNotFoundError:
            # In another storage.
            return load(path, *args, **options)
        # A version is renamed once it was compared.
        key = file.st_ino, file.st_mtime_ns
        if key not in loaded:
            loaded[key] = load(path, *args, **options)
        return loaded[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.saved_model, "load", load_once)
        patch.setattr(load_once, "anew", load, raising=False)
        yield


def assert_written_once(path, *networks):
    """The variables of a SavedModel are the weights of networks, and no more.

    Args:
        path: folder of the version.
        *networks: what has `weights`.
    """
    expected = [w.shape for network in networks for w in network.weights]
    written = [
        shape
        for name, shape in tf.train.list_variables(
            str(path / "variables" / "variables")
        )
        if name.endswith("VARIABLE_VALUE")
    ]
    assert sorted(map(tuple, written)) == sorted(map(tuple, expected))


@contextlib.contextmanager
def changed(variable, value):
    """Gives a variable another value for a while."""
    before = variable.numpy()
    variable.assign(value)
    yield
    variable.assign(before)


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """The model and the folder of its only version."""
    model = small_models.attngan()
    folder = tmp_path_factory.mktemp("serving") / "attngan"
    return Exported(model, tfragan.export.saved_model(model, folder))


@pytest.fixture(scope="session")
def served(exported):
    """The signatures of the export, by name."""
    return tf.saved_model.load(str(exported.path)).signatures


@pytest.fixture(scope="session")
def translator(tmp_path_factory):
    """A tiny U-GAT-IT and the folder of its only version."""
    model = small_translators.ugatit()
    folder = tmp_path_factory.mktemp("serving") / "ugatit"
    return Exported(model, tfragan.export.saved_model(model, folder))


@pytest.fixture(scope="session")
def editor(tmp_path_factory):
    """A RAGAN that edits by text, and the folder of its only version."""
    model = small_ragans.ragan()
    folder = tmp_path_factory.mktemp("served")
    preset = model.save_to_preset(folder / "run" / "final")
    status = run_tfragan(
        "export", f"--workdir={preset.parent}", f"--output={folder / 'ragan'}"
    )
    assert status == 0
    return Exported(model, folder / "ragan" / "1")
