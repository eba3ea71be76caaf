import json

import pytest
import tensorflow as tf

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.callbacks.tiny_model import numbers
from tfragan.callbacks import MetricsLog
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import RunFolder


def _events(run):
    """(step, tag, value or None) of everything in the event files."""
    found = []
    for path in sorted(run.tensorboard_path.glob("*.v2")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                tensor = tf.make_ndarray(value.tensor)
                number = float(tensor) if tensor.shape == () else None
                found.append((event.step, value.tag, number))
    return found


def test_lines_hold_means_of_their_own_steps(tmp_path):
    run = RunFolder(tmp_path)
    log = MetricsLog(MetricsWriter(run), every_steps=2, batch_size=4)
    fit(compiled(), [log], steps=6)
    records = run.read_metrics()
    assert [record["step"] for record in records] == [2, 4, 6]
    # The tiny model reports the batch's number: 1, 2, 3 ...
    means = [record["generator_loss"] for record in records]
    assert means == pytest.approx([1.5, 3.5, 5.5], rel=1e-5)
    assert [record["epoch"] for record in records] == [0.3333, 0.6667, 1.0]
    assert records[-1]["images_per_second"] > 0
    assert "loss/part" in records[0]


def test_numbers_and_pictures_reach_tensorboard(tmp_path):
    run = RunFolder(tmp_path)
    writer = MetricsWriter(run)
    writer.write(7, {"r_precision": 0.25})
    writer.write_image(7, "grid", tf.zeros((4, 4, 3), tf.uint8).numpy())
    writer.flush()
    assert (7, "r_precision", 0.25) in _events(run)
    assert (7, "grid", None) in _events(run)
    assert writer.latest == {"r_precision": (7, 0.25)}


def test_resumed_run_drops_lines_past_its_step_and_keeps_the_clock(tmp_path):
    run = RunFolder(tmp_path)
    for step in (2, 4, 6):
        run.append_metrics(step, {"generator_loss": -1.0}, time=1000.0 * step)
    model = compiled()
    model.global_step.assign(4)
    log = MetricsLog(MetricsWriter(run, tensorboard=False), every_steps=2)
    fit(model, [log], steps=2, data=numbers(start=4))
    records = run.read_metrics()
    assert [record["step"] for record in records] == [2, 4, 6]
    assert records[2]["generator_loss"] == pytest.approx(5.5)
    assert 4000.0 <= records[2]["time"] < 4100.0


def test_step_0_is_measured_again_after_a_kill_before_any_checkpoint(tmp_path):
    for _ in range(2):
        writer = MetricsWriter(tmp_path, tensorboard=False)
        writer.start(0)
        writer.write(0, {"r_precision": 0.5})
    assert len(writer.run_folder.read_metrics()) == 1


def test_no_event_files_unless_wanted(tmp_path):
    run = RunFolder(tmp_path)
    writer = MetricsWriter(run, tensorboard=False)
    writer.write(1, {"a": 2.0})
    writer.write(2, {})
    writer.flush()
    assert not run.tensorboard_path.exists()
    assert json.loads(run.metrics_path.read_text())["a"] == 2.0


def test_validation_values_are_written_at_the_epochs_end(tmp_path):
    run = RunFolder(tmp_path)
    model = compiled()
    log = MetricsLog(MetricsWriter(run, tensorboard=False), every_steps=None)
    log.set_model(model)
    model.global_step.assign(9)
    log.on_epoch_end(0, {"val_damsm_loss": 2.0, "damsm_loss": 1.0})
    record = run.read_metrics()[0]
    assert (record["step"], record["val_damsm_loss"]) == (9, 2.0)
    assert "damsm_loss" not in record
