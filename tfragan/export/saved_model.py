"""Writing a model as a SavedModel that a server can take."""

import contextlib
import dataclasses
import errno
import math
import os
import pathlib
import re
import tempfile
import warnings

import tensorflow as tf

from tfragan.atomic_file import atomic_folder
from tfragan.export.metadata import describe_model
from tfragan.export.metadata import ops_beyond_tensorflow
from tfragan.export.metadata import read_graph
from tfragan.export.metadata import weights_sha256
from tfragan.export.metadata import write_metadata
from tfragan.export.metadata import write_model_card
from tfragan.export.serving import ExportError
from tfragan.export.serving import serving_of
from tfragan.export.verification import ask
from tfragan.place import LAST_VERSION
from tfragan.place import local_path
from tfragan.place import storage_address
from tfragan.place import version_numbers
from tfragan.place import written_by_tensorflow

# Levels of 255. The exported recurrent net is not cuDNN's, and an
# accelerator's kernels round as their shapes decide.
_ACCELERATOR_TOLERANCE = 8
_BATCH_TOLERANCE = 1
# XLA adds up in another order.
_COMPILED_TOLERANCE = 1
# More than rounding weights was ever seen to change.
_HALF_TOLERANCE = 32
# Of a trained AttnGAN pixels differed by 7 at most.
_BFLOAT16_TOLERANCE = 32


def saved_model(
    model,
    folder,
    version=None,
    warmup=None,
    tolerance=None,
    parent=None,
    **options,
):
    """Writes `<folder>/<version>/`, which appears complete or not at all.

    The SavedModel needs neither this package nor Keras. What it takes and
    gives depends on the model: see `sentence_to_image`, `image_to_image` and
    `guided_translation`.
    Before it is given its name it is loaded and compared with the model.
    `export.json` beside it tells what it is and how near it came, and
    `MODEL_CARD.md` the same in words.

    Args:
        model: a model whose class declares what exports it, `serving`: a
            `TextToImageModel`, an `ImageTranslationModel` or a `RAGAN`.
        folder: folder of all versions, or its address in a storage that
            TensorFlow writes to, such as `"gs://bucket/birds"`.
        version: a whole number from 1 to 2**63 - 1 that is not there yet; by
            default one more than the highest there.
        warmup: list of captions, or of encoded images, that TensorFlow
            Serving is to answer by every signature before it takes requests,
            or True for made-up ones; needs tensorflow-serving-api.
        tolerance: largest difference of a pixel from the model's own pictures
            that is accepted; by default 0, or what the kernels make necessary
            in whole batches (1), with `jit_compile` (1), on an accelerator
            (8), with `float16` or `bfloat16`, or in whole batches of a model
            that computes in half precision (32).
        parent: dict of what `export.json` is to tell of where the model came
            from, such as the checkpoint.
        **options: `row_by_row=True` computes each row by itself, which takes
            longer: whole batches let a pixel differ by one level by what else
            is in a request. `float16=True` keeps the weights in half
            precision, `bfloat16=True` computes in mixed bfloat16 whatever the
            model does; what they change is told. `jit_compile=True` has XLA
            compile the computation of a row by itself, for servers that allow
            it. `max_pixels`
            is the most that a request may take, by default 4096 x 4096: of
            its files together, and of the pictures that it asks for; more is
            refused before anything is decoded. More are of
            `CaptionServing`, `TranslationServing` and `RAGANServing`: the
            `captions` or `images` to compare, and the `direction` that is
            served, by default both.

    Returns:
        The folder of the version as `pathlib.Path`; a str in another storage.

    Raises:
        ExportError: the model is of another class, a strategy's scope is
            open, the version is there already or no number of a version,
            what was written differs from the model, or a server could not
            load it.
        ImportError: `warmup` is given without tensorflow-serving-api.
        OSError: it cannot be written, for a full disk for instance.
        PlaceError: nothing can be written there, which is tried first.

    Example:

    ```python
    path = tfragan.export.saved_model(model, "serving/attngan")
    served = tf.saved_model.load(path).signatures["serving_default"]
    png = served(caption=tf.constant(["a red bird"]), seed=tf.constant([0]))
    ```
    """
    serving = serving_of(model, **options)
    if tf.distribute.has_strategy():
        raise ExportError(
            "saved_model: expected a call outside of the strategy's scope, "
            "received one inside; the model may have been built there."
        )
    target = version_folder(folder, version)
    requests = []
    if warmup:
        _require_serving_api()
        requests = serving.warmup_requests(None if warmup is True else warmup)
    with _unpublished(target) as beside:
        # Made-up ones are what it is compared on.
        others = [] if warmup is True else requests
        metadata = _write(serving, beside, target, tolerance, parent, others)
        if warmup:
            with written_by_tensorflow(target):
                write_warmup_requests(beside, requests)
    for package, ops in metadata["needs"].items():
        warnings.warn(
            f"{target} holds ops that TensorFlow does not have, "
            f"{', '.join(ops)}: import {package} before loading it, or take a "
            "server that links it; a vocabulary of kind words needs neither.",
            stacklevel=2,
        )
    return target


def _unpublished(target):
    """An empty folder that becomes a version in the end."""
    if isinstance(target, str):
        return _uploaded(target)
    return atomic_folder(target, _publish)


@contextlib.contextmanager
def _uploaded(target):
    with tempfile.TemporaryDirectory(prefix="tfragan-") as beside:
        yield pathlib.Path(beside)
        _upload(pathlib.Path(beside), target)


def _upload(folder, target):
    """Copies a version to another storage, which may not rename folders.

    The graph comes last: a server loads nothing without it.
    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    files.sort(key=lambda path: path.name == "saved_model.pb")
    try:
        with written_by_tensorflow(target):
            for path in files:
                place = f"{target}/{path.relative_to(folder).as_posix()}"
                tf.io.gfile.makedirs(place.rpartition("/")[0])
                tf.io.gfile.copy(str(path), place)
    except BaseException:
        with contextlib.suppress(tf.errors.OpError):
            tf.io.gfile.rmtree(target)
        raise


def _try_warmup(path, requests):
    """Asks what a server would ask, which does not load what it refuses."""
    signatures = tf.saved_model.load(str(path)).signatures if requests else {}
    for signature, request in requests:
        ask(signatures[signature], request)


def _write(serving, path, target, tolerance, parent, warmup_requests):
    """Saves, compares and describes; returns the description."""
    module = serving.module()
    signatures = {name: getattr(module, name) for name in serving.signatures}
    # Some names stand for one function.
    callables = {one: _callable_by_layers(one) for one in signatures.values()}
    for name, function in signatures.items():
        setattr(module, name, callables[function])
    with written_by_tensorflow(target):
        tf.saved_model.save(module, str(path), signatures=signatures)
    signatures, ops = read_graph(path)
    needs = ops_beyond_tensorflow(ops)
    if "" in needs:
        raise ExportError(
            f"the graph holds {', '.join(needs[''])}, which neither TensorFlow "
            "nor tensorflow-text has: no server could load it; nothing was "
            "published."
        )
    try:
        parity = serving.verify(path)
        _try_warmup(path, warmup_requests)
    except tf.errors.InvalidArgumentError as error:
        # The rest of the message names nodes of the graph.
        said = re.search(r"assertion failed: \[(.*)\]", error.message)
        raise ExportError(
            "the written SavedModel refuses what it is compared on or warmed "
            f"up with: {said[1] if said else error.message}; nothing was "
            "published."
        ) from error
    _refuse_difference(parity, serving, tolerance)
    metadata = {
        **_metadata(serving, module, parity),
        "parent": parent or {},
        "signatures": signatures,
        "needs": needs,
        "ops": ops,
    }
    write_metadata(path, metadata)
    write_model_card(path, metadata, serving.task)
    return metadata


def _callable_by_layers(function):
    """What `keras.layers.TFSMLayer` calls with a dict, or with one tensor."""
    (specs,) = function.input_signature
    if len(specs) > 1:
        return function
    ((name, spec),) = specs.items()

    def call(inputs):
        inputs = inputs if isinstance(inputs, dict) else {name: inputs}
        return function(inputs)

    either = tf.function(call, autograph=False)
    for structure in (specs, spec):
        either.get_concrete_function(structure)
    return either


def version_folder(folder, version=None):
    """The place of a version, which does not exist yet.

    A path on this machine, or the address in a storage that TensorFlow writes
    to. By default the version is one more than the highest there.
    """
    folder = storage_address(folder) or local_path(folder)
    if isinstance(folder, pathlib.Path) and folder.is_file():
        raise ExportError(f"{folder}: expected a folder, received a file.")
    if version is None:
        version = 1 + max(version_numbers(folder), default=0)
    is_whole = isinstance(version, int) and not isinstance(version, bool)
    if not is_whole or not 1 <= version <= LAST_VERSION:
        raise ExportError(
            f"version: expected a whole number of 1 to {LAST_VERSION}, "
            f"received {version!r}."
        )
    if isinstance(folder, str):
        target = f"{folder}/{version}"
        there = tf.io.gfile.exists(target)
    else:
        target = folder / str(version)
        there = target.exists()
    if there:
        raise _exists(target)
    return target


def _exists(target):
    return ExportError(f"{target} exists; versions are never overwritten.")


def _refuse_difference(parity, serving, tolerance):
    if tolerance is None:
        half = serving.computing_model.compute_dtype != "float32"
        reasons = [
            (_BATCH_TOLERANCE, not serving.row_by_row),
            (_COMPILED_TOLERANCE, serving.jit_compile),
            (_HALF_TOLERANCE, serving.float16),
            (_BFLOAT16_TOLERANCE, serving.bfloat16),
            (_BFLOAT16_TOLERANCE, half and not serving.row_by_row),
            (_ACCELERATOR_TOLERANCE, tf.config.list_logical_devices("GPU")),
        ]
        tolerance = max([0, *(most for most, holds in reasons if holds)])
    if parity.max_pixel_difference > tolerance:
        raise ExportError(
            "the written SavedModel is not the model: a pixel differs by "
            f"{parity.max_pixel_difference} of 255, expected at most "
            f"{tolerance}; nothing was published."
        )
    if serving.row_by_row and not parity.independent_rows:
        raise ExportError(
            "the written SavedModel gives other bytes for a sample alone "
            "than for the same among others; nothing was published."
        )


def _metadata(serving, module, parity):
    return {
        **describe_model(serving.model),
        **serving.metadata(),
        "weights": sum(math.prod(value.shape) for value in module.weights),
        "weights_sha256": weights_sha256(module.weights),
        "float16": serving.float16,
        "precision": serving.computing_model.dtype_policy.name,
        "row_by_row": serving.row_by_row,
        "jit_compile": serving.jit_compile,
        "max_pixels": serving.max_pixels,
        "parity": dataclasses.asdict(parity),
    }


def _publish(beside, target):
    try:
        os.replace(beside, target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise _exists(target) from error
        raise


def _require_serving_api():
    """`predict_pb2` and `prediction_log_pb2`, or an `ImportError`."""
    try:
        from tensorflow_serving.apis import predict_pb2
        from tensorflow_serving.apis import prediction_log_pb2
    except ImportError as error:
        raise ImportError(
            "warm-up requests need tensorflow-serving-api: "
            'pip install "tfragan[serving]".'
        ) from error
    return predict_pb2, prediction_log_pb2


def write_warmup_requests(path, requests):
    """Writes `Serving.warmup_requests` to where TensorFlow Serving looks."""
    predict_pb2, prediction_log_pb2 = _require_serving_api()
    file = pathlib.Path(path) / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests:
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature
            for name, value in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())
