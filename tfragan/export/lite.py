"""Writing one generator as a TensorFlow Lite model."""

import dataclasses
import json
import math
import os
import warnings

import numpy as np
import tensorflow as tf

from tfragan.atomic_file import write_atomically
from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.export.metadata import describe_model
from tfragan.export.serving import ExportError
from tfragan.export.serving import serving_class
from tfragan.export.translation_serving import map_difference
from tfragan.export.translation_serving import some_images
from tfragan.export.verification import Parity
from tfragan.export.verification import largest_difference
from tfragan.layers.transposed_convolution import borders_cut_afterwards
from tfragan.place import local_path
from tfragan.place import storage_address
from tfragan.place import written_by_tensorflow

_SIGNATURE = "serving_default"
# Levels of 255: other kernels add up in another order, and half precision
# keeps 11 bits of a weight.
_TOLERANCE = 1
_FLOAT16_TOLERANCE = 4
_MIXED_TOLERANCE = 32
# Of weights in bytes; the file format ends at 2 GiB.
_LARGEST = 2**30


def lite(
    model, path, direction="ab", float16=False, images=None, tolerance=None
):
    """Writes a `.tflite` file, for TensorFlow Lite or LiteRT.

    It has one signature, `serving_default`: `image`, float32 `(1, S, S, 3)`
    in [-1, 1] with S for the size of the model's images, to `image` of the
    same form and, where the generators have attention, `heat_map`, float32
    `(1, S / 4, S / 4, 1)`. It uses none but the runtime's own operations, so
    that no TensorFlow is needed beside it. Before it is given its name the
    interpreter runs it and it is compared with `model.translate`; beside it
    `<path>.json` tells what it is and how near it came.

    Args:
        model: an `ImageTranslationModel`; of `UGATIT`, the light form is the
            one that fits into a small device.
        path: the file, or its address in a storage that TensorFlow writes
            to; one that is there is replaced.
        direction: `"ab"` or `"ba"`.
        float16: whether weights are kept in half precision, for half the
            size. The arithmetic stays that of float32.
        images: list of encoded images to compare, bytes; by default a few
            that are made up.
        tolerance: largest difference of a pixel that is accepted; by default
            1 level of 255, 4 with `float16`, and 32 of a model that computes
            in half precision itself.

    Returns:
        The path as `pathlib.Path`; a str in another storage.

    Raises:
        ExportError: the model is of another class or too large, has an
            operation that TensorFlow Lite lacks, or what was written differs
            from it.
        OSError: it cannot be written, for a full disk for instance.
        PlaceError: nothing can be written there, which is tried first.
        ValueError: there is no such direction.

    Example:

    ```python
    tfragan.export.lite(model, "cat2dog.tflite")
    interpreter = tf.lite.Interpreter("cat2dog.tflite")
    dog = interpreter.get_signature_runner()(image=cat)["image"]
    ```
    """
    if not serving_class(type(model)).writes_lite:
        raise ExportError(
            "model: expected one that translates images, received "
            f"{type(model).__name__}."
        )
    place = _place(path)
    generator = _float32_generator(model, direction)
    content = _converted(generator, model.image_size, float16)
    parity = _verify(content, model, direction, images)
    if tolerance is None:
        tolerance = _FLOAT16_TOLERANCE if float16 else _TOLERANCE
        if model.compute_dtype != "float32":
            # The model's own pictures are the coarser ones.
            tolerance = _MIXED_TOLERANCE
    if not parity.max_pixel_difference <= tolerance:
        raise ExportError(
            "the converted model is not the model: a pixel differs by "
            f"{parity.max_pixel_difference} of 255, expected at most "
            f"{tolerance}; nothing was published."
        )
    metadata = {
        **describe_model(model),
        "direction": direction,
        "image_size": model.image_size,
        "weights": generator.count_params(),
        "float16": float16,
        "parity": dataclasses.asdict(parity),
    }
    write = _write_address if isinstance(place, str) else write_atomically
    write(place, content)
    write(f"{place}.json", json.dumps(metadata, indent=2) + "\n")
    return place


def _place(path):
    """A path on this machine, or a str: an address to write to, tried."""
    folder, _, name = os.fsdecode(path).rpartition("/")
    address = storage_address(f"{folder}/")
    return f"{address}/{name}" if address else local_path(path)


def _write_address(address, content):
    with (
        written_by_tensorflow(address),
        tf.io.gfile.GFile(address, "wb") as file,
    ):
        file.write(content)


def _float32_generator(model, direction):
    """The generator, or a copy of it where it computes in half precision."""
    generator = model.generator_of(direction)
    size = 4 * sum(math.prod(weight.shape) for weight in generator.weights)
    if size > _LARGEST:
        raise ExportError(
            f"{generator.name} has {generator.count_params():,} weights, more "
            "than a TensorFlow Lite file should hold; light models are made "
            "for it."
        )
    if generator.compute_dtype == "float32":
        return generator
    config = {**model.get_config(), "dtype": "float32"}
    copy = model.generator_from_config(config, generator.name)
    copy.build()
    for ours, theirs in zip(copy.weights, generator.weights, strict=True):
        ours.assign(theirs)
    return copy


def _converted(generator, size, float16):
    """The content of the file."""
    spec = tf.TensorSpec((1, size, size, 3), tf.float32, "image")

    @tf.function(input_signature=[spec])
    def translate(image):
        outputs = generator(image, training=False)
        wanted = ("image", "heat_map")
        return {name: outputs[name] for name in wanted if name in outputs}

    module = tf.Module(name="image_translation")
    module.weights = [weight.value for weight in generator.weights]
    module.translate = translate
    with borders_cut_afterwards():
        traced = translate.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [traced], module
    )
    # The weights become constants.
    converter.experimental_enable_resource_variables = False
    if float16:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    try:
        return converter.convert()
    # The converter's own class of errors is not public.
    except Exception as error:
        raise ExportError(
            f"{generator.name} cannot be written with TensorFlow Lite's own "
            f"operations: {str(error).splitlines()[0]:.200}"
        ) from error


def _verify(content, model, direction, images):
    size = model.image_size
    images = some_images(size) if images is None else images
    prepared = np.stack(
        [resize_image(decode_image(image), (size, size)) for image in images]
    )
    expected = model.translate(
        prepared, direction, return_heat_maps=model.has_heat_maps
    )
    with warnings.catch_warnings():
        # It moves to a package of its own after this TensorFlow.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecat")
        interpreter = tf.lite.Interpreter(model_content=content)
    run = interpreter.get_signature_runner(_SIGNATURE)
    found = [
        run(image=normalize_image(image)[np.newaxis].numpy())
        for image in prepared
    ]
    pixels = to_uint8(
        np.concatenate([one["image"] for one in found]), "nearest"
    )
    attention = 0.0
    if model.has_heat_maps:
        expected, expected_maps = expected
        maps = np.concatenate([one["heat_map"] for one in found])[..., 0]
        attention = map_difference(maps, expected_maps)
    return Parity(
        samples=len(images),
        max_pixel_difference=int(largest_difference(pixels.numpy(), expected)),
        max_attention_difference=float(attention),
        # There is one image in a call.
        independent_rows=True,
    )
