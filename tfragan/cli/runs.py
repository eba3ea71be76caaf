"""A run folder as the command line sees it: its config, log and presets."""

import contextlib
import datetime
import logging

from tfragan.cli import config_file
from tfragan.cli.bfloat16_units import fastest_precision
from tfragan.cli.errors import UsageError
from tfragan.run_folder import RunFolder
from tfragan.run_folder import differing_keys
from tfragan.run_folder import flatten_config


def open_run(path, config, override=False):
    """A `RunFolder`, checked to belong to a config; nothing is written.

    A precision of `auto` becomes that of the run, or of a new one the fastest
    on this machine. A setting that the run does not know, since it is of an
    older version, has to be the published one. With `override` the folder may
    have been started with another config.
    """
    run = RunFolder(path)
    begun = config_file.read(path) if run.config_path.is_file() else None
    if config.precision == "auto":
        config.precision = begun.precision if begun else fastest_precision()
    if begun and not override:
        wanted, started = flatten_config(config), flatten_config(begun)
        later = wanted.keys() - started.keys()
        if later:
            published = _published(config)
            started |= {key: published.get(key) for key in later}
        changed = differing_keys(wanted, started)
        if changed:
            raise UsageError(
                f"{run.path} was started with other values of "
                f"{', '.join(changed)}: take a new --workdir, or go on with "
                "the new values by --override_config."
            )
    return run


def _published(config):
    """The published settings of a config's model, by their dotted keys."""
    from tfragan.configs import defaults

    if "model" not in config:
        return {}
    return flatten_config(defaults.published(config.model))


def config_of(path):
    """The resolved config of a run folder, a locked `ConfigDict`."""
    config = config_file.read(path)
    if "model" not in config:
        raise UsageError(
            f"{path} is not a run folder: its config.json is that of a preset."
        )
    return config


def preset_of(path):
    """The preset of a run folder, or the path itself where it is one."""
    preset = RunFolder(path).preset_path()
    if preset is None:
        raise UsageError(
            f"{path} holds no trained model: `tfragan train` writes final/ "
            "when it ends."
        )
    return preset


def model_class_of(path):
    """The class of the model of a run folder or preset.

    A preset outside of its run folder knows those of the package only.
    """
    from tfragan.cli import experiment
    from tfragan.models.preset import PresetError
    from tfragan.models.preset import preset_class

    preset = preset_of(path)
    try:
        return preset_class(preset)
    except PresetError:
        run = RunFolder(path).path
        folder = run.parent if preset == run else run
        if not RunFolder(folder).config_path.is_file():
            raise
        return experiment.model_class_of(config_of(folder))


def vocabulary_of(run):
    """The `Vocabulary` that the checkpoints of a `RunFolder` were trained with.

    None for a run without checkpoints, and for an older one, which kept it in
    its presets only, before the first of them.
    """
    from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
    from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints
    from tfragan.models.preset import VOCABULARY_FILE
    from tfragan.text import Vocabulary

    if not saved_checkpoints(run.checkpoints_path):
        return None
    expected = CheckpointAndResume(run).read_metadata().get("vocabulary_sha256")
    for path in (
        run.vocabulary_path,
        run.best_path / VOCABULARY_FILE,
        run.final_path / VOCABULARY_FILE,
    ):
        if path.is_file():
            vocabulary = Vocabulary.load(path)
            if expected in (None, vocabulary.sha256):
                return vocabulary
    return None


class Log:
    """Prints messages and keeps them in log.txt of a run folder, if any.

    `silent` does neither, as all workers but the first.
    """

    def __init__(self, run=None, silent=False):
        self._run = run
        self._silent = silent

    def __call__(self, message):
        if self._silent:
            return
        print(message, flush=True)
        self.note(message)

    @contextlib.contextmanager
    def listening(self):
        """A context in which what the package's logger says goes here too."""
        handler = _Passing(self)
        logger = logging.getLogger("tfragan")
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)

    def note(self, message):
        """Keeps a message without printing it."""
        if self._silent or self._run is None:
            return
        now = datetime.datetime.now().isoformat(" ", "seconds")
        lines = [f"{now} {line}\n" for line in message.splitlines()]
        try:
            with self._run.log_path.open("a", encoding="utf-8") as log:
                log.writelines(lines)
        except OSError as error:
            # A full disk does not say it.
            error.filename = str(self._run.log_path)
            raise


class _Passing(logging.Handler):
    """Hands the warnings of a logger on as text."""

    def __init__(self, take):
        super().__init__(logging.WARNING)
        self._take = take

    def emit(self, record):
        self._take(record.getMessage())
