"""The work of `tfragan train`."""

import atexit
import shutil
import tempfile

import tensorflow as tf

from tfragan import callbacks
from tfragan.cli import config_file
from tfragan.cli import experiment
from tfragan.cli import run_folder
from tfragan.cli import strategy
from tfragan.cli import training_report
from tfragan.cli.errors import TrainingStopped
from tfragan.cli.errors import UsageError
from tfragan.cli.stop_on_signal import StopOnSignal
from tfragan.cli.training_plan import plan
from tfragan.data.distributed_batches import distribute


def take_flags(arguments):
    """Moves flags that stand for config values into the config."""
    config = arguments.config
    experiment.point_to_data(config, arguments)
    if "on_bad_item" in arguments.given:
        config.data.on_bad_item = arguments.on_bad_item
    if "seed" in arguments.given:
        config.seed = arguments.seed


def describe(arguments):
    """Prints what a training would be, without writing anything."""
    config = arguments.config
    placement = strategy.pick(arguments.strategy)
    strategy.check(placement, config)
    run = run_folder.start_run(
        arguments.workdir, config, arguments.override_config, write=False
    )
    # Every replica needs what one device alone would for its share.
    built = experiment.build(config, outline=True)
    print(config_file.describe(config, arguments.default_config))
    print()
    print(training_report.data_report(built))
    print()
    print(training_report.parameter_report(built.model))
    print()
    replicas = placement.strategy.num_replicas_in_sync
    needed = training_report.step_memory(built, replicas)
    print(training_report.memory_report(built, needed, replicas))
    print(f"\nstrategy: {placement.description}")
    print(f"run folder: {run.path}")
    for line in training_report.smaller_runs(built, needed, replicas):
        print(line, flush=True)


def train(arguments):
    """Trains to the last step, or until a signal comes."""
    config = arguments.config
    placement = strategy.pick(arguments.strategy)
    strategy.check(placement, config)
    run = run_folder.start_run(
        arguments.workdir,
        config,
        arguments.override_config,
        write=False,
    )
    with placement.strategy.scope():
        built = experiment.build(config)
    # The folder is made only once everything in the config has proved usable.
    if placement.chief:
        run_folder.start_run(arguments.workdir, config, override=True)
    log = run_folder.Log(run, silent=not placement.chief)
    log(f"strategy: {placement.description}")
    log(training_report.data_report(built))
    for part in (built.train, built.test):
        # Opening the data has printed it already.
        if part.bad_items:
            log.note(f"{part.name}, {part.split}: {part.bad_items}")
    followers = _callbacks(built, run, placement, arguments.progress)
    checkpoint = next(
        callback
        for callback in followers
        if isinstance(callback, callbacks.CheckpointAndResume)
    )
    step = _restore(built, run, placement, checkpoint)
    if step:
        log(f"resuming at step {step:,} of {built.steps:,}")
    try:
        _fit(built, placement, step, followers, checkpoint, log)
    except callbacks.TrainingDivergedError as error:
        log.note(str(error))
        raise
    if placement.chief:
        built.model.save_to_preset(run.final_path, training_report.card(built))
    log(
        f"step {built.steps:,} of {built.steps:,}: the model is in "
        f"{run.final_path}, the pictures in {run.page_path}"
    )


def _restore(built, run, placement, checkpoint):
    """Restores the model, on all workers from the first one's checkpoint."""
    if placement.chief:
        step = checkpoint.restore(built.model)
    else:
        step = callbacks.CheckpointAndResume(run).restore(built.model)
    if placement.workers > 1:
        steps = placement.strategy.run(lambda: tf.constant(float(step)))
        mean = placement.strategy.reduce("MEAN", steps, axis=None)
        if float(mean) != step:
            raise UsageError(
                f"this worker found step {step} in {run.path}, others found "
                "other steps: --workdir must be a folder that all workers "
                "share."
            )
    return step


def _fit(built, placement, step, followers, checkpoint, log):
    with StopOnSignal() as stopper:
        for segment in plan(step, built.steps, built.steps_per_epoch):
            batches = distribute(
                built.train,
                placement.strategy,
                built.batch_size,
                start_step=segment.start_step,
                **built.batch_options(),
            )
            built.model.fit(
                batches,
                initial_epoch=segment.initial_epoch,
                epochs=segment.epochs,
                steps_per_epoch=segment.steps_per_epoch,
                callbacks=[*followers, stopper],
                shuffle=False,
                verbose=0,
            )
            if stopper.received is not None:
                _stop(built, checkpoint, stopper.received, log)


def _stop(built, checkpoint, received, log):
    checkpoint.save()
    reached = int(built.model.global_step.numpy())
    message = (
        f"stopped by a signal at step {reached:,} of {built.steps:,}; the "
        "checkpoint is saved, the same command goes on."
    )
    log(message)
    raise TrainingStopped(message, 128 + received)


def _callbacks(built, run, placement, progress):
    if not placement.chief:
        return _worker_callbacks(built, run)
    reports = built.config.reports
    writer = callbacks.MetricsWriter(run, built.steps_per_epoch)
    return callbacks.standard(
        run,
        samplers=built.samplers(writer),
        total_steps=built.steps,
        batch_size=built.batch_size,
        log_every_steps=reports.every,
        checkpoint_every_steps=reports.checkpoint_every,
        checkpoint_every_minutes=10.0 if placement.workers == 1 else None,
        keep_checkpoints=reports.checkpoints_kept,
        writer=writer,
        evaluations=_evaluations(built, writer),
        progress=progress,
    )


def _worker_callbacks(built, run):
    """What the other workers need; the first one keeps the run folder."""
    reports = built.config.reports
    # Saving is a step that all workers take, each to a place of its own.
    folder = tempfile.mkdtemp(prefix="tfragan-worker-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    checkpoint = callbacks.CheckpointAndResume(
        run,
        every_steps=reports.checkpoint_every,
        every_minutes=None,
        keep=1,
        resume=False,
        directory=folder,
    )
    return [
        callbacks.StopOnInvalidLoss(checkpoint, reports.every),
        checkpoint,
    ]


def _evaluations(built, writer):
    return built.evaluations(writer)
