"""Models as folders: configuration, weights, vocabulary and a card."""

import hashlib
import json
import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf

from tfragan.atomic_file import replace_folder
from tfragan.version import __version__

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.weights.h5"
CARD_FILE = "README.md"
VOCABULARY_FILE = "vocabulary.txt"


class PresetError(ValueError):
    """A preset folder is incomplete or belongs to another class."""


class _Parts(keras.Model):
    """Holds the parts whose weights go into one file."""

    def __init__(self, parts):
        super().__init__()
        # Keras tells the values of a dict apart by class and order only; a
        # part that is loaded alone would get the weights of the first one.
        for name, part in parts.items():
            setattr(self, name, part)
        self.built = True


def save_preset(model, folder, parts, tokenizer=None, card=""):
    """Writes a preset beside its place and renames it.

    Args:
        model: the model; its `get_preset_config` has to be serializable.
        folder: where to; an older preset there is replaced.
        parts: dict of name to layer or model whose weights are kept.
        tokenizer: the `CaptionTokenizer`, whose vocabulary is written, or
            None.
        card: markdown text of the model card.

    Returns:
        The folder as `pathlib.Path`.
    """
    folder = pathlib.Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(
        tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)
    )
    try:
        config = {
            "class_name": type(model).__name__,
            "registered_name": keras.saving.get_registered_name(type(model)),
            "config": model.get_preset_config(),
            "tfragan_version": __version__,
            "keras_version": keras.__version__,
            "global_step": int(model.global_step.numpy()),
        }
        if tokenizer is not None:
            config["tokenizer"] = {
                "max_words": tokenizer.max_words,
                "vocabulary_sha256": tokenizer.vocabulary.sha256,
            }
            tokenizer.vocabulary.save(beside / VOCABULARY_FILE)
        text = json.dumps(config, indent=2, sort_keys=True)
        (beside / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
        text = _model_card(type(model), config, parts, tokenizer) + card
        (beside / CARD_FILE).write_text(text, encoding="utf-8")
        _Parts(parts).save_weights(beside / WEIGHTS_FILE)
        beside.chmod(0o755)
        replace_folder(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return folder


def _model_card(model_class, config, parts, tokenizer):
    name = config["class_name"]
    package = model_class.__module__
    if package.startswith("tfragan."):
        package = "tfragan.models"
    rows = [
        f"| {key} | {part.count_params():,} |" for key, part in parts.items()
    ]
    words = []
    if tokenizer is not None:
        vocabulary = tokenizer.vocabulary
        words = [
            f"Vocabulary: {len(vocabulary):,} entries of kind "
            f"`{vocabulary.kind}`, SHA-256 `{vocabulary.sha256}`; captions of "
            f"up to {tokenizer.max_words} words.",
            "",
        ]
    return "\n".join(
        [
            f"# {name}",
            "",
            f"Saved by tfragan {__version__} after {config['global_step']:,} "
            "training steps. Load it with "
            f"`{package}.{name}.from_preset(folder)`.",
            "",
            *words,
            "| part | weights |",
            "| --- | --- |",
            *rows,
            "",
            "",
        ]
    )


def read_preset_config(folder, class_name):
    """Reads and checks `config.json` of a preset.

    Args:
        folder: the preset's folder.
        class_name: the class that is asked for.

    Returns:
        The config as a dict.

    Raises:
        PresetError: a file is missing or broken, or the preset is of another
            class.
    """
    folder = pathlib.Path(folder)
    _require(folder, class_name, CONFIG_FILE, WEIGHTS_FILE)
    try:
        config = json.loads((folder / CONFIG_FILE).read_text("utf-8"))
        found = config["class_name"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise PresetError(
            f"{folder / CONFIG_FILE} is not a preset's config: {error}."
        ) from error
    if found != class_name:
        raise PresetError(
            f"{folder} holds a preset of {found}, not of {class_name}."
        )
    if "tokenizer" in config:
        _require(folder, class_name, VOCABULARY_FILE)
    return config


def untrained_model(folder):
    """A new model of a preset's config, with its vocabulary and new weights.

    Args:
        folder: the preset's folder.

    Returns:
        A model of `preset_class(folder)`.

    Raises:
        PresetError: the folder is incomplete.
    """
    model_class = preset_class(folder)
    config = read_preset_config(folder, model_class.__name__)
    return model_class.from_preset_config(
        config["config"], load_tokenizer(folder, config)
    )


def preset_class(folder):
    """The class that a preset is of.

    Args:
        folder: the preset's folder.

    Returns:
        A subclass of `TrainingModel`.

    Raises:
        PresetError: the folder is no preset, or of a class that is not here.
    """
    path = pathlib.Path(folder) / CONFIG_FILE
    try:
        config = json.loads(path.read_text("utf-8"))
        name = config["class_name"]
        # Older presets hold classes of this package only.
        registered = config.get("registered_name", f"tfragan>{name}")
        found = _class_registered_as(registered)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PresetError(
            f"{folder} is no preset: {path.name} cannot be read ({error})."
        ) from error
    if not hasattr(found, "from_preset_config"):
        raise PresetError(
            f"{folder} holds a preset of {name}, unknown here; a class of "
            "another package has to be imported first."
        )
    return found


def _class_registered_as(name):
    """The model class of a registered name, or None."""
    found = keras.saving.get_registered_object(name)
    if found is not None:
        return found
    # A class that nobody has registered is known while it is imported.
    from tfragan.models.training_model import TrainingModel

    waiting = [TrainingModel]
    while waiting:
        one = waiting.pop()
        if keras.saving.get_registered_name(one) == name:
            return one
        waiting += one.__subclasses__()
    return None


def weights_file_sha256(folder):
    """SHA-256 of a preset's file of weights, as hex digits.

    Args:
        folder: the preset's folder.
    """
    with open(pathlib.Path(folder) / WEIGHTS_FILE, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require(folder, class_name, *names):
    for name in names:
        if not (folder / name).is_file():
            raise PresetError(
                f"{folder} is not a {class_name} preset: it has no {name}."
            )


def load_tokenizer(folder, config):
    """The tokenizer of a preset, its vocabulary checked by hash, or None."""
    if "tokenizer" not in config:
        return None
    from tfragan.text import CaptionTokenizer
    from tfragan.text import Vocabulary

    path = pathlib.Path(folder) / VOCABULARY_FILE
    vocabulary = Vocabulary.load(path)
    expected = config["tokenizer"]["vocabulary_sha256"]
    if vocabulary.sha256 != expected:
        raise PresetError(
            f"{path} is not the vocabulary that the weights were trained "
            f"with: its hash is {vocabulary.sha256[:12]}, expected "
            f"{expected[:12]}."
        )
    return CaptionTokenizer(
        vocabulary, max_words=config["tokenizer"]["max_words"]
    )


def load_parts(parts, folder):
    """Loads the weights of a preset into the parts it was saved from.

    Args:
        parts: see `save_preset`.
        folder: the preset's folder.

    Raises:
        PresetError: the weights cannot be read, are of other parts, or hold
            a number that is not finite.
    """
    path = pathlib.Path(folder) / WEIGHTS_FILE
    try:
        _Parts(parts).load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise PresetError(f"{path} cannot be loaded: {reason}") from error
    bad = [
        weight.path
        for part in parts.values()
        for weight in part.weights
        if not tf.reduce_all(tf.math.is_finite(tf.cast(weight, tf.float32)))
    ]
    if bad:
        more = f" and {len(bad) - 1} more" if bad[1:] else ""
        raise PresetError(
            f"{path}: numbers that are not finite in {bad[0]}{more}."
        )
