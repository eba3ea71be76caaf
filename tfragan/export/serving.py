"""What is served of a model, and how it is computed."""

import contextlib
import math

import keras
import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import resize_image
from tfragan.export.file_limits import MAX_PIXELS
from tfragan.models import registry
from tfragan.models.training_model import TrainingModel

FILE = tf.TensorSpec((), tf.string)
# Of the pictures that are computed at once: 16 of 256 x 256. Larger requests
# would be no faster and take memory with every row.
_PIXELS_AT_ONCE = 2**20
_BFLOAT16 = "mixed_bfloat16"


class ExportError(ValueError):
    """A model that cannot be exported, or to that place."""


def serving_class(model_class):
    """The subclass of `Serving` that a class of models declares."""
    reference = getattr(model_class, "serving", None)
    if reference is None:
        raise ExportError(
            "model: expected one whose class declares what exports it "
            f"(serving), received {model_class.__name__}."
        )
    return registry.imported(reference)


def serving_of(model, **options):
    """The `Serving` of a model, made with the options of its class."""
    return serving_class(type(model))(model, **options)


def verify(path, model, **options):
    """Loads a SavedModel and compares all its signatures with the model.

    Args:
        path: folder of one version.
        model: the model it was made from.
        **options: as for `serving_of`.

    Returns:
        A `Parity`.

    Raises:
        ExportError: nothing is served of such a model.
    """
    return serving_of(model, **options).verify(path)


class Serving:
    """What is served of one model, and how it is compared with the model.

    A subclass takes the model and its own options, and sets `signatures`, a
    tuple of names. A model class declares its own as `serving`.

    Attributes:
        task: what such models do, as a phrase of the model card.
        flags: options of `tfragan export` that are of use with such models
            alone.
        writes_lite: whether `lite` can write such models.
        computing_model: what is saved: the model, or its copy that computes
            in another precision.

    Args:
        model: the model.
        row_by_row: whether each row of a request is computed by itself, and
            gives the same bytes whatever else is in it.
        float16: whether weights are kept in half precision.
        jit_compile: whether XLA compiles the computation, of a row by itself:
            of whole batches it would be compiled anew for every size that is
            asked for, which takes seconds each time.
        bfloat16: whether it is computed in mixed bfloat16, whatever the model
            computes in; what reads captions stays as it is.
        max_pixels: most pixels of a request: of its files together, and of
            the pictures that it asks for.

    Raises:
        ValueError: `max_pixels` is no whole number of at least 1.
    """

    signatures: tuple = ()
    task = "makes images"
    flags: tuple = ()
    writes_lite = False

    def __init__(
        self,
        model,
        row_by_row=False,
        float16=False,
        jit_compile=False,
        bfloat16=False,
        max_pixels=MAX_PIXELS,
    ):
        if type(max_pixels) is not int or not 0 < max_pixels < 2**53:
            raise ValueError(
                "max_pixels: expected a whole number of at least 1, received "
                f"{max_pixels!r}."
            )
        self.model = model
        self.computing_model = in_bfloat16(model) if bfloat16 else model
        self.row_by_row = row_by_row or jit_compile
        self.float16 = float16
        self.bfloat16 = bfloat16
        self.jit_compile = jit_compile
        self.max_pixels = max_pixels

    def module(self):
        """What is saved.

        Returns:
            A `tf.Module` with the list `weights`, each variable once, and one
            `tf.function` a signature, under its name.
        """
        raise NotImplementedError

    def verify(self, path):
        """Compares a written SavedModel with the model.

        Args:
            path: folder of one version.

        Returns:
            A `Parity`.
        """
        raise NotImplementedError

    def computation(self, networks):
        """The `RowComputation` of the networks that are served."""
        return RowComputation(
            networks, self.row_by_row, self.float16, self.jit_compile
        )

    def warmup_requests(self, samples=None):
        """Requests that a server answers before it takes others.

        Args:
            samples: what the requests are made of, by default what the
                export is compared with.

        Returns:
            List of pairs of the signature and a dict of arrays by name.
        """
        raise NotImplementedError

    def metadata(self):
        """What `export.json` tells besides what it tells of every model.

        Returns:
            Dict of what JSON can hold.
        """
        return {}


def in_bfloat16(model):
    """A model with the same weights that computes in mixed bfloat16.

    The copy reads captions with the same `DAMSM`; it is the model itself if
    that does so already.
    """
    if model.dtype_policy.name == _BFLOAT16:
        return model
    config = {**model.get_config(), "dtype": _BFLOAT16}
    for name in config:
        if isinstance(getattr(model, name, None), TrainingModel):
            config[name] = getattr(model, name)
    copy = type(model).from_config(config)
    parts = model.preset_parts()
    for name, part in copy.preset_parts().items():
        for ours, theirs in zip(part.weights, parts[name].weights, strict=True):
            ours.assign(theirs)
    return copy


class RowComputation:
    """Applies networks to requests of any size, also of none.

    Whole batches are computed in parts of as many rows as make about a
    million pixels, so that memory is that of a part however many rows there
    are.

    Args:
        networks: list of what has `weights`, or None.
        row_by_row: whether each row is computed by itself. Kernels share out
            the work by the shape of the whole batch, which changes the last
            bits of a row with the number of rows.
        float16: whether weights are kept in half precision: half the size,
            the same arithmetic.
        jit_compile: whether XLA compiles the computation of a row; with
            `row_by_row` alone.

    Attributes:
        weights: the variables to save, each once: plain ones instead of the
            Keras models, so that nothing of Keras is in the object graph.

    Raises:
        ValueError: a weight is too large for half precision.
    """

    def __init__(
        self, networks, row_by_row=False, float16=False, jit_compile=False
    ):
        self._jit_compile = jit_compile
        self._compute = _one_by_one if row_by_row else _in_parts
        self._halves = []
        self.weights = []
        for network in networks:
            for variable in [] if network is None else network.weights:
                plain = variable.value
                if float16 and plain.dtype == tf.float32:
                    plain = _half(variable)
                    self._halves.append((variable, plain))
                self.weights.append(plain)

    def __call__(self, function, inputs, specs):
        """Computes a request.

        Args:
            function: from tensors with a batch axis to a dict of such tensors.
            inputs: list of its arguments, all with the same batch axis.
            specs: dict of name to the `tf.TensorSpec` of one row of the
                outputs that are wanted, which are returned.
        """
        if self._jit_compile:
            function = tf.function(function, jit_compile=True)
        with self._whole_weights():
            return self._compute(function, inputs, specs)

    def _whole_weights(self):
        """A scope in which Keras takes the halves for the weights."""
        if not self._halves:
            return contextlib.nullcontext()
        return keras.StatelessScope(
            [
                (variable, tf.cast(half, variable.dtype))
                for variable, half in self._halves
            ]
        )


def _half(variable):
    values = tf.cast(variable.value, tf.float16)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{variable.path}: expected weights that half precision can hold, "
            "from -65504 to 65504, received others."
        )
    return tf.Variable(values, trainable=False, name=variable.name)


def _one_by_one(function, inputs, specs):
    def row(values):
        outputs = function(*(value[tf.newaxis] for value in values))
        return {name: outputs[name][0] for name in specs}

    return tf.map_fn(row, tuple(inputs), fn_output_signature=specs)


def _in_parts(function, inputs, specs):
    # Networks cannot do with a batch of 0: it gets a row that is cut off
    # again.
    count = tf.shape(inputs[0])[0]
    total = tf.maximum(count, 1)
    inputs = [
        tf.pad(value, [[0, total - count], *[[0, 0]] * (value.shape.rank - 1)])
        for value in inputs
    ]
    most = rows_at_once(specs)
    parts = -(-total // most)
    filled = {
        name: tf.TensorArray(
            spec.dtype,
            parts,
            infer_shape=False,
            element_shape=(None, *spec.shape),
        )
        for name, spec in specs.items()
    }

    def fill(part, filled):
        rows = slice(part * most, (part + 1) * most)
        outputs = function(*(value[rows] for value in inputs))
        return part + 1, {
            name: filled[name].write(part, outputs[name]) for name in specs
        }

    _, filled = tf.while_loop(
        lambda part, _: part < parts, fill, (0, filled), parallel_iterations=1
    )
    return {
        name: tf.ensure_shape(
            filled[name].concat()[:count], (None, *spec.shape)
        )
        for name, spec in specs.items()
    }


def rows_at_once(specs):
    """How many rows are computed at once where rows need not be alone."""
    pixels = max(math.prod(spec.shape[:2]) for spec in specs.values())
    return max(1, _PIXELS_AT_ONCE // pixels)


def encode_png(images):
    """PNG files of uint8 images `(batch, height, width, 3)`."""
    return tf.map_fn(
        tf.io.encode_png,
        images,
        fn_output_signature=FILE,
    )


def encode_resized_png(images, sizes):
    """PNG files of uint8 images, each in its size, int32 `(batch, 2)`."""
    return tf.map_fn(
        lambda pair: tf.io.encode_png(resize_image(*pair)),
        (images, sizes),
        fn_output_signature=FILE,
    )


def checked(values, good, message):
    """Values, of which a boolean tells whether they can be used."""
    with tf.control_dependencies([tf.debugging.Assert(good, [message])]):
        return tf.identity(values)


def check_rows(request, name, what):
    """Refuses a request whose inputs have not as many rows as `name`.

    `what` is what a row of it is called.
    """
    rows = tf.shape(request[name])[0]
    for other, values in request.items():
        tf.debugging.assert_equal(
            tf.shape(values)[0],
            rows,
            message=f"There must be one {other} {what}.",
        )


def file_decoder(prepare, specs):
    """A `tf.function` of files `(batch,)`, see `checked_files`, to pictures.

    `prepare` makes of an image, uint8 `(height, width, 3)`, what `specs` say, a
    tensor or several.
    """

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def decode_all(files):
        return tf.map_fn(
            lambda contents: prepare(decode_image(contents)),
            files,
            fn_output_signature=specs,
        )

    return decode_all
