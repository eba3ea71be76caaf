"""Evaluates the checkpoints of a run while another process trains it."""

import contextlib
import pathlib
import tempfile
import time

import tensorflow as tf

from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.callbacks.checkpoint_and_resume import UnreadableCheckpointError
from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints
from tfragan.cli import runs
from tfragan.cli.errors import TrainingStopped
from tfragan.cli.experiment import open_experiment
from tfragan.cli.stop_on_signal import StopOnSignal
from tfragan.evaluation import read_measurements
from tfragan.json_text import parse_json
from tfragan.models.preset import CONFIG_FILE
from tfragan.regular_file import read_regular
from tfragan.run_folder import RunFolder

# How long a signal may have to wait, in seconds.
_GLANCE = 0.2
# Training may have taken all memory of the other devices.
_DEVICE = "CPU:0"


def watch(workdir, evaluate, every_seconds=30.0, protocol=None, records=None):
    """Evaluates each checkpoint that is not measured yet, as they come.

    What is measured is read from the records, so that a watcher that is
    started again goes on where it stopped. A checkpoint that vanishes or is
    damaged is left out with a line that says so, and looked at again as long
    as it is there. The run folder is only read. The end is when `final/` is
    measured and no checkpoint is of a later step.

    Args:
        workdir: the run folder.
        evaluate: called with the folder of a preset, the global step and a
            name such as `"checkpoints/step-400"` or `"final"`, one step after
            the other; has to append its measurements to the records. The
            preset of a checkpoint is gone afterwards.
        every_seconds: pause before looking again where nothing is new.
        protocol: dict of what a measurement's protocol has to hold to count
            as one of this watcher; by default all count.
        records: folder of `metrics.jsonl`, by default the run folder.

    Returns:
        List of the steps that were evaluated.

    Raises:
        TrainingStopped: after SIGINT or SIGTERM, when the evaluation under
            way is through.
        ValueError: if `workdir` is no run folder.
        CheckpointMismatchError: if a checkpoint is not of the run's config.
    """
    watcher = _Watcher(workdir, evaluate, protocol or {}, records or workdir)
    with StopOnSignal() as stopper:
        while True:
            if not watcher.evaluate_next():
                if watcher.is_through():
                    return watcher.steps
                _wait(every_seconds, stopper)
            if stopper.received is not None:
                raise TrainingStopped(
                    "stopped by a signal; the same command goes on.",
                    128 + stopper.received,
                )


class _Watcher:
    """What there is to evaluate in a run folder, and what was."""

    def __init__(self, workdir, evaluate, protocol, records):
        self.steps = []
        self._run = RunFolder(workdir)
        self._presets = CheckpointPresets(workdir)
        self._evaluate = evaluate
        self._protocol = protocol
        self._records = records
        # A run that is taken back trains the same steps again.
        self._done = set()
        self._complained = set()

    def evaluate_next(self):
        """Evaluates the earliest step that can be; False without any."""
        for step, path in sorted(self._waiting().items()):
            if self._try(step, path):
                return True
        return False

    def is_through(self):
        """Whether training has ended and its end is measured."""
        step = self._final_step()
        if step is None:
            return False
        # An earlier end, of a run that was then given more steps.
        config = runs.config_of(self._run.path)
        later = [*self._checkpoints(), config.steps]
        return step >= max(later) and step not in self._waiting()

    def _waiting(self):
        """Dict of step to the checkpoint or preset that is to be measured."""
        found = {
            step: pathlib.Path(path)
            for step, path in self._checkpoints().items()
        }
        final = self._final_step()
        if final is not None:
            # Of the same weights as a checkpoint of that step.
            found[final] = self._run.final_path
        measured = self._measured()
        return {
            step: path
            for step, path in found.items()
            if step not in measured and _state(path) not in self._done
        }

    def _checkpoints(self):
        return saved_checkpoints(self._run.checkpoints_path)

    def _measured(self):
        return {
            measurement.step
            for measurement in read_measurements(self._records)
            if self._protocol.items() <= measurement.protocol.items()
        }

    def _final_step(self):
        folder = self._run.final_path
        try:
            stored = parse_json(read_regular(folder / CONFIG_FILE))
        except (OSError, ValueError):
            return None
        step = stored.get("global_step") if isinstance(stored, dict) else None
        return step if isinstance(step, int) else None

    def _try(self, step, path):
        state = _state(path)
        with contextlib.ExitStack() as stack:
            try:
                folder, name = self._preset(path, stack)
            except UnreadableCheckpointError as error:
                if state not in self._complained:
                    self._complained.add(state)
                    print(f"left out: {error}", flush=True)
                return False
            self._evaluate(folder, step, name)
        self._done.add(state)
        self.steps.append(step)
        return True

    def _preset(self, path, stack):
        if path == self._run.final_path:
            return path, path.name
        folder = stack.enter_context(self._presets.preset(str(path)))
        return folder, f"{path.parent.name}/{path.name}"


def _state(path):
    """Tells a checkpoint or preset from a later one in the same place."""
    file = path / CONFIG_FILE
    if not path.is_dir():
        file = path.with_name(f"{path.name}.index")
    try:
        return path, file.stat().st_mtime_ns
    except OSError:
        return path, None


def _wait(seconds, stopper):
    end = time.monotonic() + seconds
    while stopper.received is None and time.monotonic() < end:
        time.sleep(min(_GLANCE, max(0.0, end - time.monotonic())))


class CheckpointPresets:
    """Turns checkpoints of a run into presets that last for a while.

    The model is built once, from the run's config, in the memory of the
    host. Nothing is written into the run folder.

    Example:

    ```python
    presets = CheckpointPresets("runs/cub")
    for step, path in saved_checkpoints("runs/cub/checkpoints").items():
        with presets.preset(path) as folder:
            model = tfragan.models.AttnGAN.from_preset(folder)
    ```
    """

    def __init__(self, workdir):
        run = RunFolder(workdir)
        self._experiment = open_experiment(runs.config_of(workdir), run)
        self._checkpoint = CheckpointAndResume(run)
        self._model = None

    @contextlib.contextmanager
    def preset(self, path):
        """A context in which a checkpoint, by its prefix, is a preset's folder.

        Raises:
            UnreadableCheckpointError: if its files are damaged or gone.
            CheckpointMismatchError: if it is of a model with other parts.
        """
        with tempfile.TemporaryDirectory(prefix="tfragan-") as parent:
            # Records name a preset by the last two parts of its path.
            name = pathlib.Path(path).name
            folder = pathlib.Path(parent, "checkpoints", name)
            with tf.device(_DEVICE):
                if self._model is None:
                    self._model = self._experiment.build_to_restore()
                self._checkpoint.restore_from(path, self._model)
                self._model.save_to_preset(folder)
            yield folder
