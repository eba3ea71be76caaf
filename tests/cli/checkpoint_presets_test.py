"""A checkpoint becomes a preset with its weights, and leaves nothing."""

import json
import shutil

import keras
import numpy as np
import pytest

from tests.cli.conftest import tree_of
from tests.cli.conftest import weights_of
from tfragan.callbacks import UnreadableCheckpointError
from tfragan.callbacks import checkpoint_and_resume
from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints
from tfragan.cli.watching import CheckpointPresets


def _config(preset):
    """The config without names, which Keras numbers within a process."""

    def without_names(value):
        if not isinstance(value, dict):
            return value
        return {
            key: without_names(part)
            for key, part in value.items()
            if key != "name"
        }

    return without_names(json.loads((preset / "config.json").read_text()))


def _assert_last_checkpoint_is_final(run):
    before = tree_of(run)
    policy = keras.config.dtype_policy()
    path = saved_checkpoints(run / "checkpoints")[6]
    with CheckpointPresets(run).preset(path) as folder:
        found, expected = weights_of(folder), weights_of(run / "final")
        configs = [_config(preset) for preset in (folder, run / "final")]
    assert configs[0] == configs[1]
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    assert not folder.parent.exists()
    assert tree_of(run) == before
    assert keras.config.dtype_policy() is policy


def test_the_last_checkpoint_is_the_final_attngan(attngan_run):
    _assert_last_checkpoint_is_final(attngan_run)


def test_the_last_checkpoint_is_the_final_damsm(damsm_run):
    _assert_last_checkpoint_is_final(damsm_run)


@pytest.mark.slow
def test_the_last_checkpoint_is_the_final_ugatit(ugatit_run):
    _assert_last_checkpoint_is_final(ugatit_run)


def test_an_earlier_checkpoint_is_another_model(damsm_run):
    checkpoints = saved_checkpoints(damsm_run / "checkpoints")
    assert [*checkpoints] == [3, 6]
    presets = CheckpointPresets(damsm_run)
    found = {}
    # The later one first: nothing of it may remain.
    for step in (6, 3):
        with presets.preset(checkpoints[step]) as folder:
            found[step] = weights_of(folder)
            assert _config(folder)["global_step"] == step
    changed = [
        name
        for name, value in found[3].items()
        if not np.array_equal(value, found[6][name])
    ]
    assert len(changed) > len(found[3]) // 2


def test_damaged_and_missing_files_are_told(damsm_run, tmp_path, monkeypatch):
    run = tmp_path / "run"
    shutil.copytree(damsm_run, run)
    path = saved_checkpoints(run / "checkpoints")[3]
    presets = CheckpointPresets(run)
    data = run / "checkpoints" / "step-3.data-00000-of-00001"
    for change in (lambda: data.write_bytes(b"cut"), data.unlink):
        change()
        with pytest.raises(UnreadableCheckpointError, match="step-3 cannot"):
            presets.preset(path).__enter__()
    # Gone between the look at all of it and the restore.
    monkeypatch.setattr(checkpoint_and_resume, "_damage", lambda path: None)
    for end in (data.name, "step-3.index"):
        data.with_name(end).unlink(missing_ok=True)
        with pytest.raises(UnreadableCheckpointError, match="step-3 cannot"):
            presets.preset(path).__enter__()
