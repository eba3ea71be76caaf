"""Trains a model in a run folder, or goes on with it.

The experiment is a config: the name of one that comes with the package, or a
file of your own; --config.KEY=VALUE changes one value of it. Models: DAMSM and
those of text to image on captioned images, U-GAT-IT and CycleGAN on images of
two domains, which are `emoji` or a folder with trainA, trainB, testA and testB,
RAGAN on photos; and classes of your own by config.model = "my_package:MyGAN",
from the folder of the config, the current one, or an installed package. The run
folder gets config.json, log.txt, metrics.jsonl,
tensorboard/, checkpoints/, samples/, index.html with the pictures over time
and, at the end, the trained model in final/. Called again with the same
--workdir it resumes by itself, at the very step and batch, even without
--config.

SIGINT and SIGTERM end it with a checkpoint and exit status 130 or 143.

Several GPUs train in step by themselves, and several machines where TF_CONFIG
names the workers; the batch size is that of all of them together.

Examples:
  tfragan train --config=damsm_emoji --workdir=runs/damsm
  tfragan train --config=attngan_emoji --workdir=runs/emoji \\
      --config.damsm=runs/damsm
  tfragan train --config=attngan_cub --workdir=runs/cub --dry_run
  tfragan train --config=ugatit_folder --workdir=runs/mine --data=photos
  tfragan train --config=ugatit --workdir=runs/full --dry_run
  tfragan train --config=my_experiment.py --workdir=runs/mine --data=photos
  tfragan train --workdir=runs/cub
"""

import atexit
import contextlib
import dataclasses
import shutil
import tempfile

import tfragan
from tfragan.cli import runs
from tfragan.cli import strategy
from tfragan.cli.bfloat16_units import bfloat16_units
from tfragan.cli.errors import TrainingStopped
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import sentence
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.shown import shown_names

USAGE = "--config=NAME --workdir=FOLDER [flags]"
FLAGS = {
    "config": None,
    "workdir": None,
    "data": "data set, instead of config.data.source",
    "layout": None,
    "on_bad_item": None,
    "seed": "seed of the run, instead of config.seed",
    "dry_run": "print the resolved config, the parameters of each network, "
    "an estimate of the memory, what would need less of it, and the run "
    "folder, then stop",
    "override_config": None,
    "strategy": None,
    "progress": None,
}


def run(arguments):
    """Trains, or says what it would train."""
    arguments.require("workdir")
    if arguments.config is None:
        raise UsageError(
            "--config is required, unless --workdir is a run folder to go on "
            "with."
        )
    start_tensorflow()
    arguments.point_to_data()
    for flag, section in (("on_bad_item", "data"), ("seed", None)):
        if flag in arguments.given:
            changed = arguments.config[section] if section else arguments.config
            changed[flag] = getattr(arguments, flag)
    if arguments.dry_run:
        from tfragan.cli import dry_run

        dry_run.describe(arguments)
    else:
        train(arguments)


def train(arguments):
    """Trains to the last step, or until a signal comes (`TrainingStopped`)."""
    from tfragan.cli.experiment import check_types
    from tfragan.cli.experiment import open_experiment

    config = arguments.config
    check_types(config)
    placement = strategy.pick(arguments.strategy)
    strategy.check(placement, config)
    run = runs.open_run(arguments.workdir, config, arguments.override_config)
    with contextlib.ExitStack() as stack:
        if placement.chief and run.path.is_dir():
            stack.enter_context(run.lock())
        with placement.strategy.scope():
            experiment = open_experiment(config, run).build()
        # The folder is made only once all of the config has proved usable.
        if placement.chief:
            stack.enter_context(run.create().lock())
            run.remove_leftovers()
            run.write_config(config.to_dict())
            if experiment.model.tokenizer is not None:
                experiment.model.tokenizer.vocabulary.save(run.vocabulary_path)
        log = runs.Log(run, silent=not placement.chief)
        stack.enter_context(log.listening())
        _train(arguments, experiment, run, placement, log)


def _train(arguments, experiment, run, placement, log):
    log(f"strategy: {placement.description}")
    units = ", ".join(bfloat16_units()) or "none"
    log(f"precision: {experiment.config.precision}; bfloat16 units: {units}")
    log(experiment.describe())
    if experiment.unknown_words:
        words = shown_names(experiment.unknown_words)
        log(f"words that are not in the vocabulary: {words}")
    for part in (experiment.train, experiment.test):
        # Opening the data has printed it already.
        if part.bad_items:
            log.note(f"{part.name}, {part.split}: {part.bad_items}")
    _Training(experiment, run, placement, log, arguments.progress).train()
    log(
        f"step {experiment.steps:,} of {experiment.steps:,}: the model is in "
        f"{run.final_path}, the pictures in {run.page_path}"
    )


class _Training:
    """Brings the model of an experiment from a checkpoint to the last step."""

    def __init__(self, experiment, run, placement, log, progress):
        self._experiment = experiment
        self._model = experiment.model
        self._run = run
        self._placement = placement
        self._log = log
        if placement.chief:
            self._checkpoint = self._first_checkpoint()
            self._callbacks = self._first_callbacks(progress)
        else:
            self._checkpoint = self._worker_checkpoint()
            self._callbacks = [
                tfragan.callbacks.StopOnInvalidLoss(
                    self._checkpoint, experiment.config.reports.every
                ),
                self._checkpoint,
            ]

    def train(self):
        """Restores the last checkpoint, trains on, and writes the preset."""
        import tensorflow as tf

        step, steps = self._restored_step(), self._experiment.steps
        if step:
            self._log(f"resuming at step {step:,} of {steps:,}")
        try:
            self._fit(step)
            if self._placement.chief:
                self._model.save_to_preset(
                    self._run.final_path, self._experiment.card()
                )
        except tfragan.callbacks.TrainingDivergedError as error:
            self._log.note(str(error))
            raise
        except (OSError, tf.errors.OpError) as error:
            text = sentence(error)
            if text is None:
                raise
            raise UsageError(f"{text}; {self._safe()}") from error

    def _safe(self):
        """What is left after an error of the disk or of the data."""
        latest = self._checkpoint.latest_checkpoint
        if latest is None:
            return "no checkpoint was saved before."
        return f"{latest} is whole, and the same command goes on from there."

    def _fit(self, step):
        from tfragan.cli.stop_on_signal import StopOnSignal
        from tfragan.data.distributed_batches import distribute

        experiment = self._experiment
        segments = plan(step, experiment.steps, experiment.steps_per_epoch)
        with StopOnSignal() as stopper:
            for segment in segments:
                self._tell_periodic(goes_on=segment is not segments[-1])
                batches = distribute(
                    experiment.train,
                    self._placement.strategy,
                    experiment.batch_size,
                    start_step=segment.start_step,
                    **experiment.batch_options(),
                )
                self._model.fit(
                    batches,
                    initial_epoch=segment.initial_epoch,
                    epochs=segment.epochs,
                    steps_per_epoch=segment.steps_per_epoch,
                    callbacks=[*self._callbacks, stopper],
                    shuffle=False,
                    verbose=0,
                )
                if stopper.received is not None:
                    self._stop(stopper.received)

    def _tell_periodic(self, goes_on):
        for callback in self._callbacks:
            if isinstance(callback, tfragan.callbacks.PeriodicCallback):
                callback.goes_on = goes_on

    def _stop(self, received):
        self._checkpoint.save()
        reached = int(self._model.global_step.numpy())
        message = (
            f"stopped by a signal at step {reached:,} of "
            f"{self._experiment.steps:,}; the checkpoint is saved, the same "
            "command goes on."
        )
        self._log(message)
        raise TrainingStopped(message, 128 + received)

    def _restored_step(self):
        """Restores the model, on all workers from the same checkpoint."""
        placement = self._placement
        checkpoint = self._checkpoint
        if not placement.chief:
            checkpoint = tfragan.callbacks.CheckpointAndResume(self._run)
        step = checkpoint.restore(self._model)
        if placement.workers > 1 and placement.mean(step) != step:
            raise UsageError(
                f"this worker found step {step} in {self._run.path}, others "
                "found other steps: --workdir must be a folder that all "
                "workers share."
            )
        return step

    def _first_checkpoint(self):
        reports = self._experiment.config.reports
        return tfragan.callbacks.CheckpointAndResume(
            self._run,
            every_steps=reports.checkpoint_every,
            every_minutes=10.0 if self._placement.workers == 1 else None,
            keep=reports.checkpoints_kept,
        )

    def _worker_checkpoint(self):
        # Saving is a step that all workers take, each to a place of its own;
        # the first worker keeps the run folder.
        folder = tempfile.mkdtemp(prefix="tfragan-worker-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return tfragan.callbacks.CheckpointAndResume(
            self._run,
            every_steps=self._experiment.config.reports.checkpoint_every,
            every_minutes=None,
            keep=1,
            resume=False,
            directory=folder,
        )

    def _first_callbacks(self, progress):
        experiment = self._experiment
        writer = tfragan.callbacks.MetricsWriter(
            self._run, experiment.steps_per_epoch
        )
        return tfragan.callbacks.standard(
            self._run,
            samplers=experiment.samplers(writer),
            total_steps=experiment.steps,
            batch_size=experiment.batch_size,
            log_every_steps=experiment.config.reports.every,
            writer=writer,
            evaluations=experiment.evaluations(writer),
            progress=progress,
            checkpoint=self._checkpoint,
        )


@dataclasses.dataclass(frozen=True)
class Segment:
    """One call of `fit`: from a global step, an epoch to before another."""

    start_step: int
    initial_epoch: int
    epochs: int
    steps_per_epoch: int


def plan(step, last_step, steps_per_epoch):
    """The calls of `fit`, `Segment`s, that lead from a step to the last one.

    A run that was interrupted within an epoch first finishes that epoch, and
    a run that ends within an epoch ends with a short one; all other epochs
    are whole.
    """
    segments = []
    while step < last_step:
        epoch, within = divmod(step, steps_per_epoch)
        whole = (last_step - step) // steps_per_epoch
        if within or not whole:
            steps = min(steps_per_epoch - within, last_step - step)
            segments.append(Segment(step, epoch, epoch + 1, steps))
            step += steps
        else:
            segments.append(
                Segment(step, epoch, epoch + whole, steps_per_epoch)
            )
            step += whole * steps_per_epoch
    return segments
