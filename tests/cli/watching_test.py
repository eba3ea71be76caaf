"""Checkpoints of a run are evaluated as presets while it trains."""

import json
import os
import shutil
import signal
import threading

import keras
import numpy as np
import pytest

from tests.cli.conftest import tree_of
from tests.cli.conftest import weights_of
from tfragan.callbacks import UnreadableCheckpointError
from tfragan.callbacks import checkpoint_and_resume
from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints
from tfragan.cli import watching
from tfragan.cli.errors import TrainingStopped
from tfragan.cli.watching import CheckpointPresets
from tfragan.evaluation import Measurement
from tfragan.evaluation import append_measurements
from tfragan.models import DAMSM

_PROTOCOL = {"data": "shapes", "seed": 0}


class _Evaluation:
    """Appends what a real one would, and keeps how it was called."""

    def __init__(self, run, protocol=None):
        self.run = run
        self.protocol = protocol or _PROTOCOL
        self.calls = []

    def __call__(self, preset, step, name):
        assert (preset / "model.weights.h5").is_file()
        self.calls.append((step, name, preset))
        append_measurements(
            self.run,
            [Measurement("score", "real", 1.0, step, protocol=self.protocol)],
        )


@pytest.fixture
def run(damsm_run, tmp_path):
    """A run folder of its own, with checkpoints of the steps 3 and 6."""
    folder = tmp_path / "run"
    shutil.copytree(damsm_run, folder)
    return folder


def _watch(run, evaluate, **options):
    return watching.watch(run, evaluate, every_seconds=0.05, **options)


def test_checkpoints_are_evaluated_in_order_and_once(run, capsys):
    before = tree_of(run)
    first = _Evaluation(run)
    steps = []

    def evaluate(preset, step, name):
        model = DAMSM.from_preset(preset)
        steps.append(int(model.global_step.numpy()))
        first(preset, step, name)

    assert _watch(run, evaluate) == steps == [3, 6]
    assert [call[:2] for call in first.calls] == [
        (3, "checkpoints/step-3"),
        (6, "final"),
    ]
    after = tree_of(run)
    assert not first.calls[0][2].exists()
    assert {path for path in after if after[path] != before.get(path)} == {
        run / "metrics.jsonl"
    }

    again = _Evaluation(run)
    assert _watch(run, again, protocol=_PROTOCOL) == []
    assert _watch(run, again, protocol={"seed": 1}) == [3, 6]
    assert capsys.readouterr().out == ""


def test_a_watcher_goes_on_where_it_was_stopped(run):
    append_measurements(run, [Measurement("score", "real", 1.0, 3)])
    evaluate = _Evaluation(run)
    assert _watch(run, evaluate) == [6]


def test_vanished_and_cut_checkpoints_are_left_out(run, capsys):
    checkpoints = run / "checkpoints"
    for end in ("index", "data-00000-of-00001"):
        shutil.copy(
            checkpoints / f"step-6.{end}", checkpoints / f"step-5.{end}"
        )
        shutil.copy(
            checkpoints / f"step-6.{end}", checkpoints / f"step-4.{end}"
        )
    (checkpoints / "step-4.data-00000-of-00001").write_bytes(b"cut")
    evaluate = _Evaluation(run)

    def vanish(preset, step, name):
        # As a manager deletes: the index is listed already.
        (checkpoints / "step-5.data-00000-of-00001").unlink(missing_ok=True)
        evaluate(preset, step, name)

    assert _watch(run, vanish) == [3, 6]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" cannot be read")[0] for line in lines] == [
        f"left out: {checkpoints / 'step-4'}",
        f"left out: {checkpoints / 'step-5'}",
    ]


def test_a_watcher_waits_for_the_end_of_the_training(run, tmp_path):
    final, hidden = run / "final", tmp_path / "hidden"
    later = run / "checkpoints" / "step-6.index"
    final.rename(hidden)
    later.rename(tmp_path / "index")
    evaluate = _Evaluation(run)

    def finish(preset, step, name):
        evaluate(preset, step, name)
        if step == 3:
            timer.start()

    def train_on():
        (tmp_path / "index").rename(later)
        hidden.rename(final)

    timer = threading.Timer(0.3, train_on)
    steps = _watch(run, finish)
    timer.join()
    assert steps == [3, 6]


def test_an_earlier_end_does_not_end_a_run_with_more_steps(run):
    config = run / "config.json"
    config.write_text(config.read_text().replace('"steps": 6', '"steps": 9'))
    evaluate = _Evaluation(run)

    def interrupted(preset, step, name):
        evaluate(preset, step, name)
        if step == 6:
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()

    with pytest.raises(TrainingStopped):
        _watch(run, interrupted)
    assert [call[0] for call in evaluate.calls] == [3, 6]


def test_a_signal_ends_after_the_evaluation_under_way(run):
    evaluate = _Evaluation(run)

    def interrupted(preset, step, name):
        os.kill(os.getpid(), signal.SIGTERM)
        evaluate(preset, step, name)

    with pytest.raises(TrainingStopped) as stopped:
        _watch(run, interrupted)
    assert stopped.value.exit_code == 128 + signal.SIGTERM
    assert [call[0] for call in evaluate.calls] == [3]


def test_only_run_folders_are_watched(tmp_path):
    with pytest.raises(ValueError, match="not a run folder"):
        _watch(tmp_path, print)


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
    for config in configs:
        # Equal arrays do not make equal files.
        assert len(config.pop("weights_file_sha256")) == 64
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
