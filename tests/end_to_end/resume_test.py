"""Runs that are interrupted, in real processes through the command line."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

_ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}


def _command(workdir, *flags):
    program = "import sys; from tfragan.cli.main import main; sys.exit(main())"
    return [
        sys.executable,
        "-c",
        program,
        "train",
        f"--workdir={workdir}",
        "--noprogress",
        *flags,
    ]


def _train(workdir, *flags):
    process = subprocess.run(
        _command(workdir, *flags),
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-2000:]


def _checkpoint(workdir):
    """All arrays of the latest checkpoint, by name."""
    folder = pathlib.Path(workdir) / "checkpoints"
    reader = tf.train.load_checkpoint(str(folder))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if not name.startswith(("_CHECKPOINTABLE", "save_counter"))
    }


@pytest.mark.parametrize(
    "name",
    [
        # Within one process, `train_test.py` sees to it too.
        pytest.param("damsm_avatars", marks=pytest.mark.slow),
        "attngan_emoji",
        pytest.param("dmgan_cub64", marks=pytest.mark.slow),
        pytest.param("ssagan_finetune_cub", marks=pytest.mark.slow),
    ],
)
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(name, tmp_path):
    config = f"--config={name}:tiny"
    _train(tmp_path / "whole", config, "--config.steps=5")
    _train(tmp_path / "parts", config, "--config.steps=2")
    _train(tmp_path / "parts", config, "--config.steps=5", "--override_config")
    whole, parts = (_checkpoint(tmp_path / name) for name in ("whole", "parts"))
    assert set(whole) == set(parts)
    steps = [name for name in whole if "global_step" in name]
    assert {int(whole[name]) for name in steps} == {5}
    for name, value in whole.items():
        np.testing.assert_array_equal(parts[name], value, err_msg=name)


@pytest.mark.parametrize(
    "name",
    ["ugatit_emoji", pytest.param("cyclegan_emoji", marks=pytest.mark.slow)],
)
def test_a_translation_that_was_stopped_ends_as_if_it_had_not_been(
    name, tmp_path
):
    # The rate falls from step 20 on: another number of steps is another run.
    flags = (
        f"--config={name}:tiny",
        "--config.steps=40",
        "--config.reports.checkpoint_every=4",
        "--config.reports.samples_every=1000",
    )
    _train(tmp_path / "whole", *flags)
    process = subprocess.Popen(
        _command(tmp_path / "parts", *flags),
        env=_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_step(tmp_path / "parts", 4, process)
        process.terminate()
        assert process.wait(timeout=300) == 128 + signal.SIGTERM
    finally:
        process.kill()
    assert 4 <= _step(tmp_path / "parts") < 40
    _train(tmp_path / "parts")
    whole, parts = (_checkpoint(tmp_path / name) for name in ("whole", "parts"))
    assert set(whole) == set(parts)
    for key, value in whole.items():
        np.testing.assert_array_equal(parts[key], value, err_msg=key)


def test_a_kill_in_the_middle_of_saving_leaves_a_checkpoint(tmp_path):
    flags = (
        "--config=damsm_avatars:tiny",
        "--config.steps=100000",
        "--config.reports.checkpoint_every=1",
        "--config.reports.samples_every=100000",
    )
    reached = 0
    for _ in range(2):
        process = subprocess.Popen(
            _command(tmp_path, *flags),
            env=_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for_step(tmp_path, reached + 4, process)
        finally:
            # Every step saves, so that the kill meets a save.
            process.send_signal(signal.SIGKILL)
            process.wait()
        step = _step(tmp_path)
        assert step > reached
        reached = step


def _step(workdir):
    arrays = _checkpoint(workdir)
    return max(
        int(value) for name, value in arrays.items() if "global_step" in name
    )


def _wait_for_step(workdir, step, process, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the run ended by itself"
        latest = tf.train.latest_checkpoint(str(workdir / "checkpoints"))
        if latest and int(latest.rsplit("-", 1)[1]) >= step:
            return
        time.sleep(0.05)
    raise AssertionError(f"no checkpoint of step {step}")
