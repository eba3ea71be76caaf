"""Checkpoints of a run as presets, for what reads presets."""

import contextlib
import pathlib
import tempfile

import tensorflow as tf

from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.cli import runs
from tfragan.cli.experiment import open_experiment
from tfragan.run_folder import RunFolder

# Training may have taken all memory of the other devices.
_DEVICE = "CPU:0"


class CheckpointPresets:
    """Turns checkpoints of a run into presets that last for a while.

    The model is built once, from the run's config, in the memory of the
    host. Nothing is written into the run folder.

    Args:
        workdir: the run folder.

    Raises:
        UsageError: if that is no run folder.

    Example:

    ```python
    presets = CheckpointPresets("runs/cub")
    for step, path in saved_checkpoints("runs/cub/checkpoints").items():
        with presets.preset(path) as folder:
            model = tfragan.models.AttnGAN.from_preset(folder)
    ```
    """

    def __init__(self, workdir):
        self._experiment = open_experiment(runs.config_of(workdir))
        self._checkpoint = CheckpointAndResume(RunFolder(workdir))
        self._model = None

    @contextlib.contextmanager
    def preset(self, path):
        """A context in which a checkpoint is a preset.

        Args:
            path: path prefix of the checkpoint, see `saved_checkpoints`.

        Yields:
            The preset's folder, a `pathlib.Path`, which is removed in the
            end.

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
