"""One export of a tiny AttnGAN for all tests of this folder."""

import collections
import contextlib

import pytest
import tensorflow as tf

import tfragan
from tests.models import small_models
from tests.models.translation import small_translators

Exported = collections.namedtuple("Exported", ["model", "path"])


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
