"""Models as folders: configuration, weights, vocabulary and a card."""

import contextlib
import hashlib
import inspect
import json
import math
import os
import tempfile

import h5py
import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

from tfragan.atomic_file import atomic_folder
from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import open_regular
from tfragan.regular_file import read_regular
from tfragan.shown import shown
from tfragan.version import __version__

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.weights.h5"
CARD_FILE = "README.md"
VOCABULARY_FILE = "vocabulary.txt"


# What a file of weights takes beside them, at least.
_OF_HDF5 = 2**16


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


def save_preset(
    model, folder, parts, tokenizer=None, card="", half_precision=False
):
    """Writes a preset beside its place and renames it.

    Args:
        model: the model; its `get_preset_config` has to be serializable.
        folder: where to; an older preset there is replaced.
        parts: dict of name to layer or model whose weights are kept.
        tokenizer: the `CaptionTokenizer`, whose vocabulary is written, or
            None.
        card: markdown text of the model card.
        half_precision: whether weights are kept as float16.

    Returns:
        The folder as `pathlib.Path`.

    Raises:
        ValueError: a weight is too large for float16.
        OSError: it cannot be written; an older preset is as it was.
        PlaceError: the folder is no place on this machine.
    """
    folder = local_path(folder)
    try:
        with atomic_folder(folder) as beside:
            _write_preset(beside, model, parts, tokenizer, card, half_precision)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise OSError(
            f"the preset {folder} cannot be written: {reason[:200]}"
        ) from error
    return folder


def _write_preset(folder, model, parts, tokenizer, card, half_precision):
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
        tokenizer.vocabulary.save(folder / VOCABULARY_FILE)
    _require_room(folder, parts)
    _Parts(parts).save_weights(folder / WEIGHTS_FILE)
    if half_precision:
        _halve(folder / WEIGHTS_FILE)
    config["weights_file_sha256"] = weights_file_sha256(folder)
    text = json.dumps(config, indent=2, sort_keys=True)
    (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")
    text = _model_card(type(model), config, parts, tokenizer) + card
    (folder / CARD_FILE).write_text(text, encoding="utf-8")


# Numbers of a variable below which compression costs more than it saves.
_WORTH_PACKING = 2**10


def _halve(path):
    """Writes the numbers of a file of weights as float16, compressed."""
    halved = path.with_suffix(".half")
    with (
        h5py.File(path) as source,
        h5py.File(halved, "w", libver="latest") as target,
    ):
        target.attrs.update(source.attrs)

        def copy(name, found):
            if isinstance(found, h5py.Group):
                target.require_group(name).attrs.update(found.attrs)
                return
            values = found[()]
            if values.dtype == np.float32:
                with np.errstate(over="ignore"):
                    values = values.astype(np.float16)
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{name}: too large for half precision.")
            packing = {}
            if values.size >= _WORTH_PACKING:
                packing = {
                    "compression": "gzip",
                    "shuffle": True,
                    # In one piece it is a tenth smaller.
                    "chunks": values.shape,
                }
            target.create_dataset(name, data=values, **packing)

        source.visititems(copy)
    halved.replace(path)


def _require_room(folder, parts):
    """Raises `OSError` where a disk has no room for weights.

    HDF5 would end the process.
    """
    size = sum(
        math.prod(weight.shape) * tf.as_dtype(weight.dtype).size
        for part in parts.values()
        for weight in part.weights
    )
    if size and hasattr(os, "posix_fallocate"):
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, size + _OF_HDF5)


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
    folder = local_path(folder)
    _require(folder, class_name, CONFIG_FILE, WEIGHTS_FILE)
    config = _read_config(folder)
    found = config["class_name"]
    if found != class_name:
        raise PresetError(
            f"{folder} holds a preset of {found}, not of {class_name}."
        )
    if "tokenizer" in config:
        _require(folder, class_name, VOCABULARY_FILE)
    return config


# What is read of a preset's config, with its type.
_FIELDS = {
    "class_name": str,
    "config": dict,
    "global_step": int,
    "tokenizer": dict,
    "weights_file_sha256": str,
}
_TOKENIZER_FIELDS = {"max_words": int, "vocabulary_sha256": str}
# Where a preset has none.
_OPTIONAL = ("global_step", "tokenizer", "weights_file_sha256")


def _read_config(folder):
    """The config of a preset with fields of the right types, a dict."""
    path = folder / CONFIG_FILE
    try:
        config = parse_json(read_regular(path))
    except ValueError as error:
        raise PresetError(
            f"{path} is not a preset's config: {error}."
        ) from error
    _check_fields(path, config, _FIELDS)
    if "tokenizer" in config:
        _check_fields(path, config["tokenizer"], _TOKENIZER_FIELDS)
    return config


def _check_fields(path, content, fields):
    if not isinstance(content, dict):
        raise PresetError(
            f"{path} is not a preset's config: expected an object, found "
            f"{type(content).__name__}."
        )
    for name, kind in fields.items():
        if name not in content and name in _OPTIONAL:
            continue
        found = content.get(name)
        if type(found) is not kind:
            raise PresetError(
                f"{path}: {name}: expected {kind.__name__}, found "
                f"{shown(found)}."
            )


def new_model(model_class, folder, stored):
    """A new model of a preset's config, with the preset's vocabulary.

    Args:
        model_class: the class that the preset is of.
        folder: the preset's folder.
        stored: what `read_preset_config` gave.

    Returns:
        The model, its weights new.

    Raises:
        PresetError: its config has values that no such model has, or asks
            for much more weights than the preset's file can hold.
    """
    path = local_path(folder) / CONFIG_FILE
    _check_arguments(path, model_class, stored["config"])
    tokenizer = load_tokenizer(folder, stored)
    try:
        with _as_large_as(local_path(folder)):
            return model_class.from_preset_config(stored["config"], tokenizer)
    except PresetError:
        raise
    except Exception as error:
        # Keras and TensorFlow raise errors of all kinds for wrong values.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PresetError(
            f"{path} describes no {model_class.__name__}: {reason[:300]}"
        ) from error


def _check_arguments(path, model_class, config):
    """Compares values with the defaults of a model's constructor by type."""
    parameters = inspect.signature(model_class).parameters
    for name, value in config.items():
        default = getattr(parameters.get(name), "default", None)
        if isinstance(default, (bool, int, float, str)) and not is_of_type(
            value, default
        ):
            raise PresetError(
                f"{path}: {name}: expected {type(default).__name__}, such as "
                f"{default!r}, found {shown(value)}."
            )


def is_of_type(value, example):
    """Whether a value of a config can stand where another one stands.

    Args:
        value: the value.
        example: a value that is right, such as the default; None fits all.
    """
    if value is None or example is None:
        return True
    if isinstance(example, bool) or isinstance(value, bool):
        return isinstance(example, bool) and isinstance(value, bool)
    if isinstance(example, (int, float)):
        return isinstance(value, (int, float))
    if isinstance(example, (list, tuple)):
        return isinstance(value, (list, tuple))
    return isinstance(value, type(example))


# Weights that a preset does not keep, such as those of a pretrained network,
# may be this many bytes, and those that it keeps may be of half the size.
_NOT_KEPT = 2**29
_FACTOR = 4


@contextlib.contextmanager
def _as_large_as(folder):
    """A context that refuses variables far beyond a preset's file.

    It looks at the shape of each before there is memory for it.
    """
    stored = (folder / WEIGHTS_FILE).stat().st_size
    limit = _NOT_KEPT + _FACTOR * stored
    taken = 0

    def create(next_creator, **options):
        nonlocal taken
        taken += _bytes_of(options["initial_value"])
        if taken > limit:
            raise PresetError(
                f"{folder / CONFIG_FILE} asks for weights of more than "
                f"{taken / 2**20:,.0f} MiB, but {WEIGHTS_FILE} has "
                f"{stored / 2**20:,.1f} MiB: a size in it is wrong."
            )
        return next_creator(**options)

    with tf.variable_creator_scope(create):
        yield


def _bytes_of(value):
    """How many bytes an initial value takes, without computing it.

    0 where it is made of another variable, which has been counted, or wrong:
    then the variable cannot be made either.
    """
    try:
        # The graph of a function: Keras makes its own random state outside of
        # it, and would lose one that was made in a plain graph.
        with FuncGraph("size").as_default():
            found = tf.convert_to_tensor(value() if callable(value) else value)
            return math.prod(found.shape) * found.dtype.size
    except Exception:
        return 0


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
    return new_model(model_class, folder, config)


def preset_class(folder):
    """The class that a preset is of.

    Args:
        folder: the preset's folder.

    Returns:
        A subclass of `TrainingModel`.

    Raises:
        PresetError: the folder is no preset, or of a class that is not here.
    """
    path = local_path(folder) / CONFIG_FILE
    try:
        config = parse_json(read_regular(path))
        name = config["class_name"]
        if not isinstance(name, str):
            raise ValueError(f"class_name is {shown(name)}")
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
    with open_regular(local_path(folder) / WEIGHTS_FILE) as file:
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

    path = local_path(folder) / VOCABULARY_FILE
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
        PresetError: the weights cannot be read, are not those that were
            saved or of other parts, or hold a number that is not finite.
    """
    path = local_path(folder) / WEIGHTS_FILE
    # Older presets do not tell.
    expected = _read_config(path.parent).get("weights_file_sha256")
    if expected is not None and expected != weights_file_sha256(folder):
        raise PresetError(
            f"{path} cannot be loaded: it is not the file that was saved, of "
            f"which {CONFIG_FILE} has the SHA-256."
        )
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
