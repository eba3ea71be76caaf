"""Opening whatever a model was kept in."""

import keras

from tfragan.models.preset import PresetError
from tfragan.models.training_model import TrainingModel
from tfragan.presets import preset_folder
from tfragan.run_folder import RunFolder


def load(path, dtype=None):
    """Opens a model, whatever it was kept in.

    Args:
        path: a preset, or the name of one, see
            `tfragan.presets.preset_folder`; the folder of a run of `tfragan
            train`, whose best preset is taken, or its last where none was the
            best; or a file that `model.save` wrote, `.keras`.
        dtype: the name of another dtype policy for a preset, see
            `TrainingModel.from_preset`.

    Returns:
        The model. Of a file it is compiled, if it was, and goes on training
        as if nothing had happened.

    Raises:
        PresetError: there is no such thing.
        ValueError: Keras can't read the file, or a file is to have another
            dtype.

    Example:

    ```python
    model = tfragan.models.load("runs/attngan")
    images = model.generate(["red heart"])
    ```
    """
    path = preset_folder(path)
    if path.is_file():
        if dtype is not None:
            raise ValueError(
                f"{path}: a file keeps its dtype policy; only a preset takes "
                f"another one. Received: dtype={dtype!r}"
            )
        return keras.saving.load_model(path)
    if not path.is_dir():
        raise PresetError(f"{path}: there is no such file or folder.")
    # Of a folder without weights, the preset's reader says what is missing.
    folder = RunFolder(path).preset_path() or path
    return TrainingModel.from_preset(folder, dtype)
