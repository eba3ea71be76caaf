"""The graph of an exported image translation and its named signatures."""

import tensorflow as tf

from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.export.heat_map_colors import color_heat_map
from tfragan.export.image_files import file_decoder
from tfragan.export.row_computation import encode_png

_DEFAULT = "serving_default"
_FILES = {"image_bytes": tf.TensorSpec((None,), tf.string, "image_bytes")}
_FILE = tf.TensorSpec((), tf.string)


def endpoints(has_heat_maps):
    """What can be asked of a direction, the plainest first."""
    attention = ("with_attention",) if has_heat_maps else ()
    return (_DEFAULT, "input_size", *attention, "images")


def signature_names(directions, has_heat_maps):
    """The signatures of an export and what they stand for.

    Args:
        directions: list of `"ab"` and `"ba"`, the first one being served
            where a request names no direction.
        has_heat_maps: whether the generators show what they attend to.

    Returns:
        Dict of name to a pair of direction and endpoint.
    """
    names = {
        endpoint: (directions[0], endpoint)
        for endpoint in endpoints(has_heat_maps)
    }
    for direction in directions:
        for endpoint in endpoints(has_heat_maps):
            plain = endpoint == _DEFAULT
            name = direction if plain else f"{direction}_{endpoint}"
            names[name] = (direction, endpoint)
    return names


def image_to_image(generators, image_size, computation, has_heat_maps=False):
    """What is saved: weights and the functions of each direction, each once.

    The functions are attributes named like the signatures. With S for the
    size of the model's images, all take and give batches of any size:

    - `serving_default` takes a dict of `image_bytes`, JPEG or PNG strings
      `(batch,)`, of images of any size, and gives `image_bytes`, PNG strings
      of S x S pixels.
    - `input_size` gives each translation in the size of its image.
    - `with_attention`, where the generators have it, also gives `heat_map`,
      float32 `(batch, S / 4, S / 4)`, and `heat_map_bytes`, PNG strings of
      the map in colors, S x S.
    - `images` takes `images`, uint8 `(batch, S, S, 3)`, and gives `images` of
      the same form.

    These are of the first direction. `<direction>`,
    `<direction>_input_size`, `<direction>_with_attention` and
    `<direction>_images` are the same of a named one.

    Files are decoded to RGB, transparent parts on white; the orientation that
    a camera noted is not applied. They are resized to S x S, whatever that
    does to their proportions, as images are for evaluation.

    Args:
        generators: dict of direction to generator.
        image_size: height and width that images are resized to.
        computation: the `RowComputation` of the generators.
        has_heat_maps: whether the generators show what they attend to.

    Returns:
        A `tf.Module`.
    """
    module = tf.Module(name="image_translation")
    module.weights = computation.weights
    decode = _decoder(image_size)
    functions = {}
    for direction, generator in generators.items():
        translate = _translation(
            generator, image_size, has_heat_maps, computation
        )
        translator = _Translator(decode, translate, image_size)
        for endpoint in endpoints(has_heat_maps):
            functions[direction, endpoint] = translator.function(endpoint)
    for name, key in signature_names([*generators], has_heat_maps).items():
        setattr(module, name, functions[key])
    return module


class _Translator:
    """The endpoints of one direction.

    Args:
        decode: see `_decoder`.
        translate: see `_translation`.
        image_size: height and width of the model's images.
    """

    def __init__(self, decode, translate, image_size):
        self._decode = decode
        self._translate = translate
        self._size = image_size

    def function(self, endpoint):
        """The `tf.function` of an endpoint."""
        shape = (None, self._size, self._size, 3)
        specs = _FILES
        if endpoint == "images":
            specs = {"images": tf.TensorSpec(shape, tf.uint8, "images")}
        name = "_default" if endpoint == _DEFAULT else f"_{endpoint}"
        return tf.function(getattr(self, name), input_signature=[specs])

    def _default(self, request):
        images, _ = self._decode(request["image_bytes"])
        return {"image_bytes": encode_png(self._translate(images)["image"])}

    def _input_size(self, request):
        images, sizes = self._decode(request["image_bytes"])
        translated = self._translate(images)["image"]
        files = tf.map_fn(
            lambda pair: tf.io.encode_png(resize_image(*pair)),
            (translated, sizes),
            fn_output_signature=_FILE,
        )
        return {"image_bytes": files}

    def _with_attention(self, request):
        images, _ = self._decode(request["image_bytes"])
        outputs = self._translate(images)
        heat_maps = tf.map_fn(
            lambda one: tf.io.encode_png(color_heat_map(one, self._size)),
            outputs["heat_map"],
            fn_output_signature=_FILE,
        )
        return {
            "image_bytes": encode_png(outputs["image"]),
            "heat_map": outputs["heat_map"],
            "heat_map_bytes": heat_maps,
        }

    def _images(self, request):
        return {"images": self._translate(request["images"])["image"]}


def _translation(generator, size, has_heat_maps, computation):
    """Function of uint8 images to a dict of uint8 `image` and `heat_map`.

    One for all endpoints, so that the generator is traced once.
    """
    # Two halvings that round up, and two doublings.
    quarter = -(-size // 4)
    specs = {"image": tf.TensorSpec((4 * quarter, 4 * quarter, 3), tf.uint8)}
    if has_heat_maps:
        specs["heat_map"] = tf.TensorSpec((quarter, quarter), tf.float32)

    def outputs(images):
        found = generator(normalize_image(images), training=False)
        translated = {"image": to_uint8(found["image"], "nearest")}
        if has_heat_maps:
            translated["heat_map"] = found["heat_map"][..., 0]
        return translated

    shape = (None, size, size, 3)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])
    def translate(images):
        return computation(outputs, [images], specs)

    return translate


def _decoder(size):
    """Function of files to square images, and the sizes that they had."""

    def prepare(image):
        return resize_image(image, (size, size)), tf.shape(image)[:2]

    specs = (
        tf.TensorSpec((size, size, 3), tf.uint8),
        tf.TensorSpec((2,), tf.int32),
    )
    return file_decoder(prepare, specs)
