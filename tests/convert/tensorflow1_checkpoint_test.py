"""Checkpoints of TensorFlow 1 are read by the names of their variables."""

import numpy as np
import pytest
import tensorflow as tf

from tfragan.convert.tensorflow1_checkpoint import CheckpointError
from tfragan.convert.tensorflow1_checkpoint import checkpoint_prefix
from tfragan.convert.tensorflow1_checkpoint import read_tensorflow1_checkpoint

VARIABLES = {
    "generator_B/conv/conv2d/kernel": np.arange(4, dtype="float32"),
    "discriminator_A/local/conv_0/u": np.ones((1, 2), "float32"),
}
SLOTS = {
    "generator_B/conv/conv2d/kernel/Adam": np.zeros(4, "float32"),
    "generator_B/conv/conv2d/kernel/Adam_1": np.zeros(4, "float32"),
    "beta1_power": np.float32(0.5),
    "beta2_power_1": np.float32(0.9),
}


@pytest.fixture
def prefix(tmp_path):
    """A checkpoint as `tf.compat.v1.train.Saver` writes it."""
    prefix = tmp_path / "UGATIT.model-120001"
    values = {**VARIABLES, **SLOTS}
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {
            name: tf.compat.v1.Variable(value) for name, value in values.items()
        }
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, str(prefix))
    return prefix


def test_variables_come_without_the_slots_of_adam(prefix):
    variables, slots = read_tensorflow1_checkpoint(prefix)
    assert sorted(variables) == sorted(VARIABLES)
    for name, value in VARIABLES.items():
        np.testing.assert_array_equal(variables[name], value)
    assert slots == sorted(SLOTS)


def test_any_file_of_it_and_its_folder_name_it(prefix):
    for suffix in (".index", ".meta", ".data-00000-of-00001", ""):
        path = prefix.with_name(prefix.name + suffix)
        assert checkpoint_prefix(path) == prefix
    assert checkpoint_prefix(prefix.parent) == prefix


def test_a_folder_that_was_moved_is_found(prefix):
    (prefix.parent / "checkpoint").write_text(
        'model_checkpoint_path: "/elsewhere/UGATIT.model-120001"\n'
    )
    assert checkpoint_prefix(prefix.parent) == prefix


def test_where_there_is_none_it_is_said(tmp_path):
    assert checkpoint_prefix(tmp_path) is None
    assert checkpoint_prefix(tmp_path / "UGATIT.model-1") is None
    with pytest.raises(CheckpointError, match="no TensorFlow checkpoint"):
        read_tensorflow1_checkpoint(tmp_path)


@pytest.mark.parametrize("suffix", [".index", ".data-00000-of-00001"])
def test_a_damaged_one_is_one_sentence(prefix, suffix):
    path = prefix.with_name(prefix.name + suffix)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    with pytest.raises(CheckpointError, match="UGATIT.model-120001 is damaged"):
        read_tensorflow1_checkpoint(prefix)
