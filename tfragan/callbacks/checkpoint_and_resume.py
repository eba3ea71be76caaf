"""What is kept of a run: checkpoints, the best preset, and no invalid loss."""

import contextlib
import json
import math
import pathlib
import re
import shutil
import textwrap
import time
import warnings
from typing import Any

import keras
import tensorflow as tf

from tfragan.atomic_file import remove_unfinished
from tfragan.atomic_file import write_atomically
from tfragan.callbacks.periodic import PeriodicCallback
from tfragan.json_text import parse_json
from tfragan.place import error_reason
from tfragan.place import local_path
from tfragan.regular_file import read_regular
from tfragan.run_folder import RunFolder
from tfragan.run_folder import differing_keys
from tfragan.run_folder import flatten_config

_NAME = "step"
_OTHERS = "other_weights"
# What TensorFlow writes before it renames.
_UNFINISHED = re.compile(rf"{_NAME}-\d+_temp|checkpoint\.tmp|.*\.tempstate\d")
_CELLS = (
    keras.layers.LSTMCell,
    keras.layers.GRUCell,
    keras.layers.SimpleRNNCell,
)


class CheckpointMismatchError(ValueError):
    """A checkpoint belongs to another model or vocabulary."""


class UnreadableCheckpointError(ValueError):
    """The files of all checkpoints are damaged."""


class CheckpointNotSavedError(OSError):
    """A checkpoint cannot be written: no room, no folder, no right to."""


class CheckpointAndResume(PeriodicCallback):
    """Saves all that training needs, and restores it.

    What is saved is the model's `checkpoint_items()`, and whatever weights
    and states of random generators they do not reach. A kill at any time
    costs the steps since the last checkpoint and nothing else. Nothing is
    saved once a loss was invalid, so that the last checkpoint stays good.
    While `fit` runs, no other process can train in the run folder.

    Beside the checkpoints, metadata.json tells the model's class and
    configuration and the hash of its vocabulary.

    Args:
        run_folder: a `RunFolder` or a path.
        every_steps: steps between checkpoints, or None.
        every_minutes: minutes after which to save in any case, or None. Has
            to be None where several workers train together: their clocks
            differ, and saving is a step that all take.
        keep: how many checkpoints to keep.
        resume: whether to restore when `fit` begins and `restore` was not
            called; only ever forward, to a later step than the model's.
        directory: where the checkpoints go, by default `checkpoints/` of the
            run folder; workers other than the first need their own.

    Example:

    ```python
    checkpoint = tfragan.callbacks.CheckpointAndResume("runs/birds")
    step = checkpoint.restore(model)
    model.fit(
        dataset.batches(32, tokenizer, start_step=step),
        callbacks=[checkpoint],
    )
    ```
    """

    def __init__(
        self,
        run_folder,
        every_steps=1000,
        every_minutes=10.0,
        keep=3,
        resume=True,
        directory=None,
    ):
        super().__init__(every_steps)
        run = RunFolder(run_folder)
        self.directory = local_path(directory or run.checkpoints_path)
        # Workers with a folder of their own share the run folder.
        self._run = None if directory else run
        self._lock = contextlib.ExitStack()
        self.every_minutes = every_minutes
        self.keep = keep
        self.resume = resume
        self._manager: Any = None
        self._managed_model: Any = None
        self._items = {}
        self._restored = False
        self._saved_step = None
        self._saved_at = time.monotonic()

    @property
    def metadata_path(self):
        """Where the description of the model is."""
        return self.directory / "metadata.json"

    @property
    def latest_checkpoint(self):
        """Path prefix of the last checkpoint, or None."""
        checkpoints = self._checkpoints()
        return checkpoints[-1] if checkpoints else None

    def restore(self, model=None):
        """Restores the latest checkpoint, if there is one.

        A checkpoint that cannot be read, after a disk error for instance, is
        skipped with a warning as long as an older one is there.

        Args:
            model: the model, built and compiled; by default that of `fit`.

        Returns:
            The global step from which training goes on; 0 where nothing was
            saved.

        Raises:
            CheckpointMismatchError: if the checkpoint is of a model with
                other parts, shapes, or another vocabulary.
            ValueError: without a model before `fit`.
            UnreadableCheckpointError: if no checkpoint can be read.
        """
        self._manage(model if model is not None else self.model)
        self._restored = True
        path = self._readable_checkpoint()
        if path is not None:
            self._check_vocabulary()
            self._restore_from(path)
        step = int(self._managed_model.global_step.numpy())
        if path is not None:
            self._saved_step = step
        return step

    def restore_from(self, path, model):
        """Restores one checkpoint, for a model that does not train.

        Args:
            path: its path prefix, see `saved_checkpoints`.
            model: the model, built and compiled.

        Raises:
            CheckpointMismatchError: if the checkpoint is of a model with
                other parts, shapes, or another vocabulary.
            UnreadableCheckpointError: if its files are damaged or gone.
        """
        self._manage(model)
        reason = _damage(path)
        if reason is not None:
            raise UnreadableCheckpointError(f"{path} cannot be read: {reason}")
        self._check_vocabulary()
        try:
            self._restore_from(path)
        except tf.errors.OpError as error:
            # Another process may have deleted it meanwhile.
            raise UnreadableCheckpointError(
                f"{path} cannot be read: {error_reason(error)}"
            ) from error

    def save(self):
        """Saves a checkpoint now.

        Returns:
            Its path prefix, or None where nothing was saved: the step is
            saved already, or a loss was invalid.

        Raises:
            ValueError: before a model is known.
            CheckpointNotSavedError: it cannot be written; the earlier ones
                are as they were.
        """
        if self._managed_model is None:
            self._manage(self.model)
        step = int(self._managed_model.global_step.numpy())
        if step == self._saved_step or self._managed_model.invalid_losses():
            return None
        try:
            if self._run is not None:
                self._run.check_it_is_there()
            self._write_metadata()
            if self._manager is None:
                self._open_manager()
            path = self._manager.save(checkpoint_number=step)
        except (OSError, tf.errors.OpError) as error:
            # TensorFlow leaves half an index.
            for half in self.directory.glob(f"{_NAME}-{step}.*"):
                _remove(half)
            self._remove_leftovers()
            raise CheckpointNotSavedError(
                f"the checkpoint of step {step:,} cannot be written to "
                f"{self.directory}: {error_reason(error)}"
            ) from error
        self._saved_step = step
        self._saved_at = time.monotonic()
        return path

    def on_train_begin(self, logs=None):
        """Restores, unless that was done or the model is ahead."""
        super().on_train_begin(logs)
        if self._run is not None:
            self._lock.enter_context(self._run.create().lock())
            self._run.remove_leftovers()
        self._manage(self.model)
        self._remove_leftovers()
        self._saved_at = time.monotonic()
        checkpoints = self._checkpoints()
        if (
            self.resume
            and not self._restored
            and checkpoints
            and _step_of(checkpoints[-1]) > self.read_step()
        ):
            self.restore()
        self._restored = True

    def on_steps(self, step, logs):
        """Saves."""
        self.save()

    def on_train_batch_end(self, batch, logs=None):
        """Saves when due by steps or by the clock."""
        super().on_train_batch_end(batch, logs)
        if self.every_minutes is None:
            return
        if time.monotonic() - self._saved_at >= 60.0 * self.every_minutes:
            self._saved_at = time.monotonic()
            self.save()

    def on_train_end(self, logs=None):
        """Saves the end."""
        self.save()
        self._lock.close()

    def _manage(self, model):
        if model is None:
            raise ValueError("Before `fit`, `restore` and `save` need a model")
        items = model.checkpoint_items()
        # Compiling anew makes new optimizers.
        if items.keys() == self._items.keys() and all(
            items[name] is self._items[name] for name in items
        ):
            return
        self._managed_model = model
        self._items = items
        forgotten = _forgotten_weights(model, items)
        unused = _unused_seeds(model)
        needed = [one for one in forgotten if id(one) not in unused]
        self._checkpoint = tf.train.Checkpoint(**items, **_as_item(needed))
        # Checkpoints once held the seeds that nothing draws from, too.
        self._older_checkpoint = tf.train.Checkpoint(
            **items, **_as_item(forgotten)
        )
        self._manager = None

    def _open_manager(self):
        """Makes the manager, with the list of what is there."""
        state = self.directory / "checkpoint"
        checkpoints = list(saved_checkpoints(self.directory).values())
        if not checkpoints:
            state.unlink(missing_ok=True)
        elif checkpoints != self._listed():
            names = [pathlib.Path(path).name for path in checkpoints]
            lines = [f'model_checkpoint_path: "{names[-1]}"']
            lines += [f'all_model_checkpoint_paths: "{name}"' for name in names]
            # All of them later than what is to be kept for good.
            lines += ["all_model_checkpoint_timestamps: 1.0"] * len(names)
            lines.append("last_preserved_timestamp: 0.0")
            write_atomically(state, "\n".join([*lines, ""]))
        self._manager = tf.train.CheckpointManager(
            self._checkpoint,
            str(self.directory),
            max_to_keep=self.keep,
            checkpoint_name=_NAME,
        )

    def _checkpoints(self):
        """Path prefixes, oldest first, of the files or listed.

        The list may be lost, empty, or older than the files.
        """
        known = {*self._listed(), *saved_checkpoints(self.directory).values()}
        return sorted(known, key=_step_of)

    def _listed(self):
        try:
            state = tf.train.get_checkpoint_state(str(self.directory))
        except ValueError:
            # Cut off or overwritten.
            return []
        return list(state.all_model_checkpoint_paths) if state else []

    def _remove_leftovers(self):
        """Removes what killed writes have left.

        Only where this process is the one that writes here.
        """
        checkpoints = saved_checkpoints(self.directory).values()
        remove_unfinished(self.directory)
        for path in self.directory.glob("*"):
            prefix, data, _ = str(path).partition(".data-")
            if _UNFINISHED.match(path.name) or (
                data and prefix not in checkpoints
            ):
                _remove(path)

    def _readable_checkpoint(self):
        """The newest checkpoint whose files are whole, or None without any."""
        damage = []
        for path in self._checkpoints()[::-1]:
            reason = _damage(path)
            if reason is None:
                for line in damage:
                    warnings.warn(
                        f"{line}; an older checkpoint is taken", stacklevel=3
                    )
                return path
            damage.append(f"{path} cannot be read: {reason}")
        if len(damage) == 1 and not (self.directory / "checkpoint").exists():
            # TensorFlow lists a checkpoint once it is whole.
            warnings.warn(
                f"{damage[0]}; saving it was cut off, and it was the first",
                stacklevel=3,
            )
        elif damage:
            raise UnreadableCheckpointError(
                f"No checkpoint can be read; of the newest one: {damage[0]}"
            )
        return None

    def _restore_from(self, path):
        checkpoint = self._checkpoint
        if self._is_older(path):
            checkpoint = self._older_checkpoint
        try:
            status = checkpoint.restore(path)
            status.assert_consumed()
            status.assert_existing_objects_matched()
        except (AssertionError, ValueError) as error:
            reason = self._difference() or textwrap.shorten(str(error), 240)
            raise CheckpointMismatchError(
                f"{path} was saved by another model than the one to restore: "
                f"{reason.rstrip('.')}."
            ) from error

    def _is_older(self, path):
        """Whether a checkpoint holds the seeds that nothing draws from."""
        names = tf.train.load_checkpoint(path).get_variable_to_shape_map()
        others = {
            name.split("/")[1] for name in names if name.startswith(_OTHERS)
        }
        return len(others) > len(getattr(self._checkpoint, _OTHERS, ()))

    def _check_vocabulary(self):
        saved = self.read_metadata().get("vocabulary_sha256")
        found = _description(self._managed_model)["vocabulary_sha256"]
        if saved and found and saved != found:
            raise CheckpointMismatchError(
                f"The checkpoints in {self.directory} were trained with the "
                f"vocabulary {saved[:12]}, but the model has {found[:12]}: "
                "words would get each other's meaning."
            )

    def _difference(self):
        """What the metadata tell about a model that does not fit."""
        saved = flatten_config(self.read_metadata())
        if not saved:
            return None
        found = flatten_config(_description(self._managed_model))
        return ", ".join(
            f"{key.removeprefix('config.')} is {saved.get(key)} there and "
            f"{found.get(key)} here"
            for key in differing_keys(saved, found)[:3]
        )

    def read_metadata(self):
        """What metadata.json tells of the model; {} where it cannot be read."""
        try:
            found = parse_json(read_regular(self.metadata_path))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write_metadata(self):
        text = json.dumps(_description(self._managed_model), indent=2)
        content = text.encode()
        if (
            not self.metadata_path.exists()
            or read_regular(self.metadata_path) != content
        ):
            write_atomically(self.metadata_path, content)


def saved_checkpoints(directory):
    """The checkpoints in a folder, of any process: dict of step to prefix.

    The oldest come first; the folder need not exist.
    """
    found = [
        str(path.with_suffix(""))
        for path in pathlib.Path(directory).glob(f"{_NAME}-*.index")
    ]
    return {_step_of(path): path for path in sorted(found, key=_step_of)}


def _as_item(weights):
    return {_OTHERS: weights} if weights else {}


def _unused_seeds(model):
    """Ids of the random states of recurrent cells that drop nothing.

    Keras makes one for each cell, of another seed in each process.
    """
    return {
        id(layer.seed_generator.state)
        for layer in model._flatten_layers()
        if isinstance(layer, _CELLS)
        and not (layer.dropout or layer.recurrent_dropout)
    }


def _forgotten_weights(model, items):
    """What the items do not hold of the model.

    TensorFlow does not look into lists and dicts of Keras layers; what lies
    there would silently stay as it is in a restore.
    """
    holder = tf.train.Checkpoint(**items)
    reached = {id(one) for one in tf.train.TrackableView(holder).descendants()}
    seeds = [
        variable
        for variable in model.variables
        if variable.name == "seed_generator_state"
    ]
    forgotten = {
        id(variable): variable
        for variable in [*model.weights, *seeds]
        if id(variable) not in reached
    }
    return list(forgotten.values())


def _step_of(path):
    match = re.search(rf"{_NAME}-(\d+)$", path)
    return int(match[1]) if match else -1


def _damage(path):
    """Why a checkpoint cannot be read, or None; reads all of it."""
    try:
        reader = tf.train.load_checkpoint(path)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except Exception as error:
        # The reader raises errors of many kinds for damaged files.
        return error_reason(error)
    return None


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _description(model):
    """Class, configuration and vocabulary of a model, as JSON."""
    tokenizer = getattr(model, "tokenizer", None)
    vocabulary = getattr(tokenizer, "vocabulary", None)
    read_config = getattr(model, "get_preset_config", model.get_config)
    config = json.loads(json.dumps(read_config(), default=str))
    return {
        "model": type(model).__name__,
        "vocabulary_sha256": getattr(vocabulary, "sha256", None),
        "config": config,
    }


_BETTER = {
    "max": lambda value, best: value > best,
    "min": lambda value, best: value < best,
}


class BestPreset(keras.callbacks.Callback):
    """Writes the preset `best/` whenever a measured number improves.

    Belongs after the callback that measures. A resumed run knows the best
    value from metrics.jsonl. What was measured before the first step is no
    candidate: an untrained model is nothing to keep.

    Args:
        writer: the run's `MetricsWriter`.
        monitor: key of the number.
        mode: "max" or "min", what counts as better.

    Raises:
        ValueError: for another mode.
    """

    def __init__(self, writer, monitor="r_precision", mode="max"):
        super().__init__()
        if mode not in _BETTER:
            raise ValueError(
                f"`mode` has to be 'max' or 'min'. Received: mode={mode!r}"
            )
        self.writer = writer
        self.monitor = monitor
        self.mode = mode
        self.best = None
        self._seen_step = None

    def on_train_begin(self, logs=None):
        """Recalls the best value of an earlier part of the run."""
        self.best = None
        self._seen_step = self._latest()[0]
        if not self.writer.run_folder.best_path.exists():
            return
        for record in self.writer.run_folder.read_metrics():
            value = record.get(self.monitor)
            if not isinstance(value, int | float) or record["step"] == 0:
                continue
            if self._is_better(value):
                self.best = value

    def on_train_batch_end(self, batch, logs=None):
        """Saves if the number was measured at this step and is better."""
        self._save_if_better()

    def on_epoch_end(self, epoch, logs=None):
        """Saves if the number was measured now and is better."""
        self._save_if_better()

    def on_train_end(self, logs=None):
        """Saves if the number was measured now and is better."""
        self._save_if_better()

    def _latest(self):
        return self.writer.latest.get(self.monitor, (None, None))

    def _is_better(self, value):
        if not math.isfinite(value):
            return False
        return self.best is None or _BETTER[self.mode](value, self.best)

    def _save_if_better(self):
        step, value = self._latest()
        if step is None or step == self._seen_step:
            return
        self._seen_step = step
        if self._is_better(value):
            self.best = value
            self.model.save_to_preset(self.writer.run_folder.best_path)


class TrainingDivergedError(RuntimeError):
    """A loss became NaN or infinite, or left its bounds.

    Attributes:
        term: name of the loss.
        step: the global step at which it first happened.
        value: of the loss at that step.
        checkpoint: the last checkpoint saved before, or None.
    """

    def __init__(self, term, step, value, checkpoint=None):
        good = (
            f"the last good checkpoint is {checkpoint}"
            if checkpoint
            else "no checkpoint was saved before"
        )
        super().__init__(
            f"Training diverged: {term} was {value:g} at step {step:,}; {good}."
        )
        self.term = term
        self.step = step
        self.value = value
        self.checkpoint = checkpoint


class StopOnInvalidLoss(PeriodicCallback):
    """Stops training when the model remembers an invalid loss.

    The model checks every loss of every step where it is computed, and
    remembers the first one; the callback looks at intervals.

    Args:
        checkpoint: the run's `CheckpointAndResume`, which knows the last
            good checkpoint; optional.
        every_steps: how often to ask.
    """

    def __init__(self, checkpoint=None, every_steps=50):
        super().__init__(every_steps)
        self.checkpoint = checkpoint

    def on_steps(self, step, logs):
        """Asks the model.

        Raises:
            TrainingDivergedError: naming the loss that was invalid first.
        """
        self._check()

    def on_epoch_end(self, epoch, logs=None):
        """As `on_steps`: nothing after an epoch sees an invalid model."""
        self._check()

    def _check(self):
        invalid = self.model.invalid_losses()
        if not invalid:
            return
        term, step, value = min(invalid, key=lambda offence: offence[1])
        latest = self.checkpoint and self.checkpoint.latest_checkpoint
        raise TrainingDivergedError(term, step, value, latest)
