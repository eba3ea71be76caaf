"""The usual callbacks of a run."""

from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.callbacks.metrics_log import MetricsLog
from tfragan.callbacks.metrics_writer import MetricsWriter
from tfragan.callbacks.progress_bar import ProgressBar
from tfragan.callbacks.result_page import ResultPage
from tfragan.callbacks.stop_on_invalid_loss import StopOnInvalidLoss
from tfragan.run_folder import RunFolder


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

    Returns:
        A list of `keras.callbacks.Callback`.
    """
    run = RunFolder(workdir).create()
    writer = writer or MetricsWriter(run)
    checkpoint = CheckpointAndResume(
        run, checkpoint_every_steps, checkpoint_every_minutes, keep_checkpoints
    )
    callbacks = [
        StopOnInvalidLoss(checkpoint, log_every_steps),
        checkpoint,
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
    return [*callbacks, *samplers, *evaluations, ResultPage(run)]
