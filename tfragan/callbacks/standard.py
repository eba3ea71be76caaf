"""The usual callbacks of a run, and the one that keeps its page."""

import time
import warnings

import keras

from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.callbacks.checkpoint_and_resume import StopOnInvalidLoss
from tfragan.callbacks.metrics_log import MetricsLog
from tfragan.callbacks.metrics_log import MetricsWriter
from tfragan.callbacks.progress_bar import ProgressBar
from tfragan.reports.run_page import write_result_page
from tfragan.run_folder import RunFolder

_LARGEST_SHARE = 0.02


class ResultPage(keras.callbacks.Callback):
    """Rewrites `index.html` of the run folder now and then.

    Belongs at the end of the list, after the callbacks whose results it
    shows.

    Args:
        run_folder: a `RunFolder` or a path.
        every_seconds: seconds between two pages at least; more where writing
            takes over a fiftieth of the time.
    """

    def __init__(self, run_folder, every_seconds=60.0):
        super().__init__()
        self.run_folder = run_folder
        self.every_seconds = every_seconds
        self._next = 0.0

    def on_train_begin(self, logs=None):
        """Writes the first page."""
        self.write()

    def on_train_batch_end(self, batch, logs=None):
        """Writes when the page is old."""
        if time.monotonic() >= self._next:
            self.write()

    def on_train_end(self, logs=None):
        """Writes the last page."""
        self.write()

    def write(self):
        """Writes the page now.

        Returns:
            Its path, or None where it could not be written, with a warning.
        """
        start = time.monotonic()
        path = None
        try:
            path = write_result_page(self.run_folder)
        except Exception as error:
            # Training is worth more than its page.
            warnings.warn(
                f"The result page was not written: {error}", stacklevel=2
            )
        end = time.monotonic()
        pause = max(self.every_seconds, (end - start) / _LARGEST_SHARE)
        self._next = end + pause
        return path


def standard(
    workdir,
    samplers=(),
    total_steps=None,
    batch_size=None,
    log_every_steps=50,
    checkpoint_every_steps=1000,
    checkpoint_every_minutes=10.0,
    keep_checkpoints=3,
    writer=None,
    evaluations=(),
    progress=True,
    checkpoint=None,
):
    """The callbacks that a run usually has, in the order they need.

    They resume from the run folder's checkpoint by themselves, stop on
    invalid losses, log, show progress, draw samples, save and keep the result
    page. For a resume that equals the uninterrupted run, restore before `fit`
    and start the data at that step, see `CheckpointAndResume`.

    Args:
        workdir: the run folder, made if missing.
        samplers: callbacks that draw, such as `ImageGrid`,
            `AttentionMapPanel`, `MaskPanel` or `TranslationGrid`.
        total_steps: see `ProgressBar`.
        batch_size: images a step over all replicas, for the speed.
        log_every_steps: see `MetricsLog` and `StopOnInvalidLoss`.
        checkpoint_every_steps: see `CheckpointAndResume`.
        checkpoint_every_minutes: see `CheckpointAndResume`.
        keep_checkpoints: see `CheckpointAndResume`.
        writer: the `MetricsWriter` that `samplers` and `evaluations` share.
        evaluations: more callbacks, that measure; they come before the page.
        progress: whether to show the progress bar.
        checkpoint: the `CheckpointAndResume` to take, instead of one by
            `checkpoint_every_steps` and the two arguments after it.

    Returns:
        A list of `keras.callbacks.Callback`.
    """
    run = RunFolder(workdir).create()
    writer = writer or MetricsWriter(run)
    checkpoint = checkpoint or CheckpointAndResume(
        run, checkpoint_every_steps, checkpoint_every_minutes, keep_checkpoints
    )
    callbacks = [
        _RestoredFirst(checkpoint),
        StopOnInvalidLoss(checkpoint, log_every_steps),
        MetricsLog(writer, log_every_steps, batch_size),
    ]
    if progress:
        callbacks.append(
            ProgressBar(
                total_steps,
                batch_size,
                steps_per_epoch=writer.steps_per_epoch,
            )
        )
    # A kill between writing a number and saving its step costs nothing: the
    # step is taken again. The other way round the number would be lost.
    return [*callbacks, *samplers, *evaluations, checkpoint, ResultPage(run)]


class _RestoredFirst(keras.callbacks.Callback):
    """Lets a checkpoint begin and end before the others, which it follows.

    They look at the restored step when training begins. At its end, which a
    signal may have brought, saving comes first.
    """

    def __init__(self, checkpoint):
        super().__init__()
        self._checkpoint = checkpoint

    def on_train_begin(self, logs=None):
        """Restores, if that has to be done."""
        self._checkpoint.on_train_begin(logs)

    def on_train_end(self, logs=None):
        """Saves the end."""
        self._checkpoint.save()
