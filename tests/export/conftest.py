"""One export of a tiny AttnGAN for all tests of this folder."""

import collections
import contextlib

import pytest
import tensorflow as tf

import tfragan
from tests.models import small_models
from tests.models.translation import small_translators

Exported = collections.namedtuple("Exported", ["model", "path"])


# What `export.json` tells of an export that is its model.
SAME = {
    "samples": 3,
    "max_pixel_difference": 0,
    "max_attention_difference": 0.0,
    "independent_rows": True,
    "mean_pixel_difference": 0.0,
}


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
