import json
import os
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.callbacks.tiny_model import compiled
from tests.callbacks.tiny_model import fit
from tests.callbacks.tiny_model import numbers
from tests.full_disk import full_disk
from tfragan.callbacks import BestPreset
from tfragan.callbacks import CheckpointAndResume
from tfragan.callbacks import CheckpointMismatchError
from tfragan.callbacks import MetricsWriter
from tfragan.callbacks import StopOnInvalidLoss
from tfragan.callbacks import TrainingDivergedError
from tfragan.callbacks import UnreadableCheckpointError
from tfragan.callbacks.checkpoint_and_resume import _forgotten_weights
from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints


def _state(model):
    arrays = [variable.numpy() for variable in model.layer.variables]
    arrays += [variable.numpy() for variable in model.sgd.variables]
    return arrays


def _saved_steps(folder):
    names = (folder / "checkpoints").glob("step-*.index")
    return sorted(int(name.stem.split("-")[1]) for name in names)


def test_resumed_training_equals_the_uninterrupted_one(tmp_path):
    whole = compiled(graph=True)
    initial = whole.layer.get_weights()
    fit(whole, [], steps=8)
    first = compiled(graph=True)
    first.layer.set_weights(initial)
    fit(first, [CheckpointAndResume(tmp_path)], steps=5)
    second = compiled(graph=True)
    checkpoint = CheckpointAndResume(tmp_path)
    assert checkpoint.restore(second) == 5
    fit(second, [checkpoint], steps=3, data=numbers(start=5))
    for expected, found in zip(_state(whole), _state(second), strict=True):
        np.testing.assert_array_equal(expected, found)


def test_nothing_saved_means_step_zero(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path)
    assert checkpoint.latest_checkpoint is None
    assert checkpoint.restore(compiled()) == 0


def test_saves_every_so_many_steps_and_keeps_the_last(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path, every_steps=2, keep=2)
    fit(compiled(), [checkpoint], steps=7)
    assert _saved_steps(tmp_path) == [6, 7]
    assert checkpoint.latest_checkpoint.endswith("step-7")
    assert CheckpointAndResume(tmp_path).latest_checkpoint.endswith("step-7")


def test_saves_when_the_clock_says_so(tmp_path):
    checkpoint = CheckpointAndResume(
        tmp_path, every_steps=None, every_minutes=0.0, keep=9
    )
    fit(compiled(), [checkpoint], steps=3)
    assert _saved_steps(tmp_path) == [1, 2, 3]


def test_fit_restores_by_itself_but_never_backwards(tmp_path):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=4)
    model = compiled()
    fit(model, [CheckpointAndResume(tmp_path)], steps=1)
    assert int(model.global_step.numpy()) == 5
    ahead = compiled()
    ahead.global_step.assign(100)
    fit(ahead, [CheckpointAndResume(tmp_path)], steps=1)
    assert int(ahead.global_step.numpy()) == 101


def test_fit_keeps_others_out_of_the_run_folder(tmp_path):
    seen = []
    look = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(
            (tmp_path / ".lock").exists()
        )
    )
    checkpoint = CheckpointAndResume(tmp_path)
    fit(compiled(), [checkpoint, look], 2)
    assert seen == [True, True]
    assert not (tmp_path / ".lock").exists()


def test_invalid_losses_are_never_saved(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path, every_steps=1, keep=9)
    model = compiled()
    model.compile(loss_limit=3.5)
    fit(model, [checkpoint], steps=6)
    assert max(_saved_steps(tmp_path)) <= 3
    assert checkpoint.save() is None


def test_same_step_is_saved_once(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path)
    checkpoint.restore(compiled())
    assert checkpoint.save().endswith("step-0")
    assert checkpoint.save() is None


def test_other_vocabulary_is_one_clear_sentence(tmp_path):
    fit(compiled(sha256="aaaa"), [CheckpointAndResume(tmp_path)], steps=1)
    with pytest.raises(CheckpointMismatchError) as error:
        CheckpointAndResume(tmp_path).restore(compiled(sha256="bbbb"))
    assert "vocabulary aaaa, but the model has bbbb" in str(error.value)
    assert "\n" not in str(error.value)


def test_other_shape_names_the_setting_that_differs(tmp_path):
    fit(compiled(width=3), [CheckpointAndResume(tmp_path)], steps=1)
    with pytest.raises(CheckpointMismatchError) as error:
        CheckpointAndResume(tmp_path).restore(compiled(width=5))
    assert "width is 3 there and 5 here." in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_part_is_an_error_and_not_skipped(tmp_path):
    model = compiled()
    items = model.checkpoint_items()
    model.checkpoint_items = lambda: {"global_step": items["global_step"]}
    checkpoint = CheckpointAndResume(tmp_path)
    checkpoint.restore(model)
    checkpoint.save()
    with pytest.raises(CheckpointMismatchError, match="another model"):
        CheckpointAndResume(tmp_path).restore(compiled())


def test_layers_in_lists_and_states_no_optimizer_knows_come_back(tmp_path):
    def with_lists():
        model = compiled()
        model.parts = [
            keras.layers.BatchNormalization(name="normalization"),
            keras.layers.Dropout(0.5, seed=1, name="dropout"),
        ]
        model.parts[0].build((None, 3))
        return model

    saved, restored = with_lists(), with_lists()
    saved.parts[0](np.random.rand(8, 3), training=True)
    saved.parts[1](np.ones((2, 3)), training=True)
    checkpoint = CheckpointAndResume(tmp_path)
    checkpoint.restore(saved)
    checkpoint.save()
    CheckpointAndResume(tmp_path).restore(restored)
    np.testing.assert_array_equal(
        restored.parts[0].moving_mean.numpy(),
        saved.parts[0].moving_mean.numpy(),
    )
    assert saved.parts[0].moving_mean.numpy().any()
    np.testing.assert_array_equal(
        saved.parts[1](np.ones((9, 3)), training=True),
        restored.parts[1](np.ones((9, 3)), training=True),
    )


def test_metadata_describe_the_model(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path)
    fit(compiled(), [checkpoint], steps=1)
    assert json.loads(checkpoint.metadata_path.read_text()) == {
        "model": "TinyModel",
        "vocabulary_sha256": "abc",
        "config": {"width": 3},
    }


def _flip_bytes(path):
    content = bytearray(path.read_bytes())
    for place in range(8, len(content), 16):
        content[place] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("suffix", ["data-00000-of-00001", "index"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: os.truncate(path, 0),
        lambda path: os.truncate(path, 10),
        lambda path: os.truncate(path, path.stat().st_size - 40),
        _flip_bytes,
        lambda path: path.unlink(),
    ],
)
def test_unreadable_checkpoint_gives_way_to_an_older_one(
    tmp_path, damage, suffix
):
    model = compiled()
    checkpoint = CheckpointAndResume(tmp_path)
    checkpoint.restore(model)
    checkpoint.save()
    model.global_step.assign(7)
    damage(pathlib.Path(f"{checkpoint.save()}.{suffix}"))
    restored = compiled()
    with pytest.warns(UserWarning, match="older checkpoint is taken"):
        assert CheckpointAndResume(tmp_path).restore(restored) == 0


def test_no_readable_checkpoint_is_an_error_and_no_new_start(tmp_path):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=1)
    for path in (tmp_path / "checkpoints").glob("*.data-*"):
        os.truncate(path, 10)
    with pytest.raises(UnreadableCheckpointError, match="step-1 cannot be"):
        CheckpointAndResume(tmp_path).restore(compiled())


@pytest.mark.parametrize("size", [0, 10])
def test_a_kill_within_the_first_save_begins_anew(tmp_path, size):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=1)
    (tmp_path / "checkpoints" / "checkpoint").unlink()
    os.truncate(tmp_path / "checkpoints" / "step-1.index", size)
    model, checkpoint = compiled(), CheckpointAndResume(tmp_path)
    with pytest.warns(UserWarning, match=r"step-1 cannot be read: .* cut off"):
        assert checkpoint.restore(model) == 0
    fit(model, [checkpoint], steps=1)
    assert CheckpointAndResume(tmp_path).restore(compiled()) == 1


def test_lost_list_of_checkpoints_is_made_up_for(tmp_path):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=3)
    (tmp_path / "checkpoints" / "checkpoint").unlink()
    assert CheckpointAndResume(tmp_path).restore(compiled()) == 3


def test_any_checkpoint_is_restored_by_its_path(tmp_path):
    trained = compiled()
    checkpoint = CheckpointAndResume(tmp_path, every_steps=2, keep=9)
    fit(trained, [checkpoint], steps=10)
    paths = saved_checkpoints(checkpoint.directory)
    assert [*paths] == [2, 4, 6, 8, 10]
    assert saved_checkpoints(tmp_path / "nowhere") == {}
    model, reader = compiled(), CheckpointAndResume(tmp_path)
    for step in (10, 4):
        reader.restore_from(paths[step], model)
        assert int(model.global_step.numpy()) == step
    os.unlink(f"{paths[8]}.index")
    with pytest.raises(UnreadableCheckpointError, match="step-8 cannot be"):
        reader.restore_from(paths[8], model)
    assert int(model.global_step.numpy()) == 4


def test_restore_without_a_model_says_so(tmp_path):
    with pytest.raises(ValueError, match="need a model"):
        CheckpointAndResume(tmp_path).restore()


def test_mirrored_checkpoint_restores_on_one_device(tmp_path, mirrored):
    with mirrored.scope():
        model = compiled(graph=True)
    fit(
        model,
        [CheckpointAndResume(tmp_path)],
        steps=3,
        data=numbers().map(lambda x: x[:2]),
    )
    single = compiled()
    assert CheckpointAndResume(tmp_path).restore(single) == 3
    for expected, found in zip(_state(model), _state(single), strict=True):
        np.testing.assert_array_equal(expected, found)


class Measure(keras.callbacks.Callback):
    def __init__(self, writer, values):
        super().__init__()
        self.writer = writer
        self.values = iter(values)

    def on_epoch_end(self, epoch, logs=None):
        step = int(self.model.global_step.numpy())
        self.writer.write(step, {"r_precision": next(self.values)})


def _train(folder, values, **kwargs):
    writer = MetricsWriter(folder, tensorboard=False)
    model = compiled()
    callbacks = [Measure(writer, values), BestPreset(writer, **kwargs)]
    fit(model, callbacks, steps=2, epochs=len(values))
    return model.presets


def test_preset_is_written_when_the_number_improves(tmp_path):
    assert _train(tmp_path, [0.2, 0.1, 0.2, 0.3]) == [2, 8]
    assert (tmp_path / "best").is_dir()


def test_smaller_may_be_better(tmp_path):
    assert _train(tmp_path, [0.2, 0.1, 0.3], mode="min") == [2, 4]


def test_resumed_run_knows_the_best_so_far(tmp_path):
    _train(tmp_path, [0.5])
    assert _train(tmp_path, [0.4, 0.6]) == [4]


def test_unknown_mode_is_refused(tmp_path):
    with pytest.raises(ValueError, match="mode='auto'"):
        BestPreset(MetricsWriter(tmp_path), mode="auto")


def test_a_number_that_is_none_is_no_best(tmp_path):
    assert _train(tmp_path, [float("nan"), 0.3, 0.4], mode="min") == [4]


def test_what_was_measured_before_training_is_no_candidate(tmp_path):
    writer = MetricsWriter(tmp_path, tensorboard=False)
    writer.write(0, {"r_precision": 0.9})
    model = compiled()
    fit(model, [Measure(writer, [0.2]), BestPreset(writer)], steps=2)
    assert model.presets == [2]
    # Nor does a resumed run compare with it.
    callbacks = [Measure(writer, [0.3]), BestPreset(writer)]
    fit(model, callbacks, steps=2)
    assert model.presets == [2, 4]


def _not_a_number_at(step):
    def spoil(batch):
        return tf.where(batch[0, 0] == step, np.nan, batch)

    return numbers().map(spoil)


def test_nan_stops_naming_step_term_and_last_good_checkpoint(tmp_path):
    checkpoint = CheckpointAndResume(tmp_path, every_steps=2)
    stop = StopOnInvalidLoss(checkpoint, every_steps=3)
    with pytest.raises(TrainingDivergedError) as error:
        fit(
            compiled(graph=True),
            [stop, checkpoint],
            steps=20,
            data=_not_a_number_at(5),
        )
    assert str(error.value) == (
        "Training diverged: generator_loss was nan at step 5; the last good "
        f"checkpoint is {tmp_path}/checkpoints/step-4."
    )
    assert (error.value.term, error.value.step) == ("generator_loss", 5)
    assert error.value.checkpoint.endswith("step-4")


def test_exploding_loss_stops_at_the_epochs_end_at_the_latest():
    model = compiled()
    model.compile(loss_limit=2.5)
    with pytest.raises(TrainingDivergedError) as error:
        fit(model, [StopOnInvalidLoss(every_steps=1000)], steps=4)
    assert "generator_loss was 3 at step 3" in str(error.value)
    assert "no checkpoint was saved" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"model_checkpoint_pa"])
def test_a_damaged_list_of_checkpoints_is_made_up_for(tmp_path, content):
    fit(compiled(), [CheckpointAndResume(tmp_path, 1, keep=3)], steps=3)
    (tmp_path / "checkpoints" / "checkpoint").write_bytes(content)
    model, checkpoint = compiled(), CheckpointAndResume(tmp_path, 1, keep=3)
    assert checkpoint.restore(model) == 3
    fit(model, [checkpoint], steps=1, data=numbers(start=3))
    # Those before still make room.
    assert [*saved_checkpoints(checkpoint.directory)] == [2, 3, 4]


@pytest.mark.parametrize(
    "content", [b"[]", b'"text"', b"[" * 100_000, b"\xff", b"{}"]
)
def test_metadata_that_say_nothing_are_written_anew(tmp_path, content):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=2)
    path = tmp_path / "checkpoints" / "metadata.json"
    path.write_bytes(content)
    model, checkpoint = compiled(), CheckpointAndResume(tmp_path)
    assert checkpoint.restore(model) == 2
    fit(model, [checkpoint], steps=1)
    assert json.loads(path.read_text())["model"] == "TinyModel"


def test_leftovers_of_killed_writes_are_removed_at_the_next_start(tmp_path):
    fit(compiled(), [CheckpointAndResume(tmp_path)], steps=2)
    left = [
        "checkpoints/step-54_temp/part-00000-of-00001.data-00000-of-00001",
        "checkpoints/step-54.data-00000-of-00001",
        "checkpoints/checkpoint.tmp1a2b",
        "checkpoints/.0123abcd.metadata.json",
        ".0123abcd.metrics.jsonl",
        ".final-x1y2z3/config.json",
        "samples/.0123abcd.grid_000065.png",
        "samples/.grid_000065.png.30339.tmp",
    ]
    kept = ["samples/grid_000064.png", ".final-retired-0123abcd/config.json"]
    for name in (*left, *kept):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("half")
    model, checkpoint = compiled(), CheckpointAndResume(tmp_path)
    assert checkpoint.restore(model) == 2
    fit(model, [checkpoint], steps=1)
    assert not [name for name in left if (tmp_path / name).exists()]
    assert not list((tmp_path / "checkpoints").glob("*_temp"))
    assert (tmp_path / kept[0]).exists()
    # The old folder was not replaced yet: it is the whole one.
    assert (tmp_path / "final" / "config.json").exists()


def test_a_checkpoint_without_room_is_one_sentence_and_the_last_stays(
    tmp_path,
):
    model, checkpoint = compiled(), CheckpointAndResume(tmp_path, 1)
    checkpoint.restore(model)
    checkpoint.save()
    model.global_step.assign(7)
    with (
        full_disk(100),
        pytest.raises(
            OSError, match="the checkpoint of step 7 cannot be written to .*: "
        ),
    ):
        checkpoint.save()
    assert not list(checkpoint.directory.glob("step-7*"))
    assert CheckpointAndResume(tmp_path).restore(compiled()) == 0


def test_a_folder_removed_while_training_is_one_sentence(tmp_path):
    run = tmp_path / "run"
    remove = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: shutil.rmtree(run)
    )
    with pytest.raises(OSError, match=f"{run} was removed while it"):
        fit(compiled(), [remove, CheckpointAndResume(run, 1)], steps=2)
    assert not run.exists()


class _Reader(keras.Model):
    """A recurrent model, as a text encoder is."""

    def __init__(self):
        super().__init__()
        self.lstm = keras.layers.LSTM(2)
        self.dropout = keras.layers.Dropout(0.5, seed=0)
        self.lstm.build((None, 3, 2))
        self.built = True


def test_seeds_that_nothing_draws_from_are_in_no_checkpoint(tmp_path):
    def new():
        model = compiled()
        model.reader = _Reader()
        return model

    model, checkpoint = new(), CheckpointAndResume(tmp_path)
    checkpoint.restore(model)
    path = checkpoint.save()
    names = tf.train.load_checkpoint(path).get_variable_to_shape_map()
    others = [name for name in names if name.startswith("other_weights/")]
    items = model.checkpoint_items()
    forgotten = _forgotten_weights(model, items)
    # That of the dropout stays.
    assert len(others) == len(forgotten) - 1
    assert sum(one.name == "seed_generator_state" for one in forgotten) == 2
    # Older checkpoints hold both.
    older = tf.train.Checkpoint(**items, other_weights=forgotten)
    model.global_step.assign(9)
    tf.train.CheckpointManager(
        older, checkpoint.directory, 3, checkpoint_name="step"
    ).save(9)
    restored = new()
    assert CheckpointAndResume(tmp_path).restore(restored) == 9
