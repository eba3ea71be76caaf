"""Exporting models that translate images between two domains."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.export.file_limits import MAX_PIXELS
from tfragan.export.file_limits import checked_count
from tfragan.export.file_limits import checked_files
from tfragan.export.serving import FILE
from tfragan.export.serving import Serving
from tfragan.export.serving import encode_png
from tfragan.export.serving import encode_resized_png
from tfragan.export.serving import file_decoder
from tfragan.export.verification import Comparison
from tfragan.export.verification import ask
from tfragan.export.verification import decoded
from tfragan.export.verification import files_one_by_one
from tfragan.export.verification import largest_difference
from tfragan.models.translation import DIRECTIONS
from tfragan.visualization.caption_maps import bilinear_weights
from tfragan.visualization.translation_panel import draw_heat_map
from tfragan.visualization.translation_panel import jet_colors

BOTH = "both"
_DEFAULT = "serving_default"
_FILES = {"image_bytes": tf.TensorSpec((None,), tf.string, "image_bytes")}
_SMALLEST_SCALE = 1e-12


class TranslationServing(Serving):
    """Photos to translations; see `image_to_image`.

    Args:
        model: an `ImageTranslationModel`.
        direction: `"ab"`, `"ba"` or `"both"`.
        images: list of encoded images to compare, bytes; by default a few
            that are made up, one of another size and form than the model's.
        **options: see `Serving`.
    """

    task = "translates images between two domains"
    flags = ("direction", "warmup_image")
    writes_lite = True

    def __init__(self, model, direction=BOTH, images=None, **options):
        super().__init__(model, **options)
        if direction not in (*DIRECTIONS, BOTH):
            raise ValueError(
                'direction must be "ab", "ba" or "both". '
                f"Received: direction={direction!r}"
            )
        if images is None:
            images = some_images(model.image_size)
        if not images:
            raise ValueError("images: expected at least one, received none.")
        self.directions = DIRECTIONS if direction == BOTH else (direction,)
        self.images = list(images)
        self._names = signature_names(self.directions, model.has_heat_maps)
        self.signatures = tuple(self._names)

    def module(self):
        generators = {
            direction: self.computing_model.generator_of(direction)
            for direction in self.directions
        }
        return image_to_image(
            generators,
            self.model.image_size,
            self.computation(generators.values()),
            self.model.has_heat_maps,
            self.max_pixels,
        )

    def verify(self, path):
        served = tf.saved_model.load(str(path)).signatures
        comparison = Comparison()
        for direction in self.directions:
            self._compare(served, direction, comparison)
        return comparison.parity(len(self.images))

    def _compare(self, served, direction, comparison):
        size = self.model.image_size
        prepared = np.stack(
            [resize_image(decode_image(x), (size, size)) for x in self.images]
        )
        expected, maps = self._translate(prepared, direction)
        request = {"image_bytes": np.array(self.images, object)}
        together = ask(served[direction], request)["image_bytes"].tolist()
        alone = files_one_by_one(served[direction], request)
        comparison.add_rows(together, alone)
        answer = ask(served[f"{direction}_images"], {"images": prepared})
        found = [answer["images"], decoded(together), decoded(alone)]
        if maps is not None:
            answer = ask(served[f"{direction}_with_attention"], request)
            found.append(decoded(answer["image_bytes"]))
            comparison.add_maps(map_difference(answer["heat_map"], maps))
            if not _colors_agree(answer, size):
                comparison.add_maps(np.inf)
        for images in found:
            comparison.add_pixels(images, expected)
        files = ask(served[f"{direction}_input_size"], request)["image_bytes"]
        # The served pixels and not the model's: only the resize is compared.
        sizes = [decode_image(file).shape[:2] for file in self.images]
        comparison.add_resized(files, found[0], sizes)

    def _translate(self, images, direction):
        outputs = self.model.translate(
            images, direction, return_heat_maps=self.model.has_heat_maps
        )
        return outputs if self.model.has_heat_maps else (outputs, None)

    def warmup_requests(self, samples=None):
        size = self.model.image_size
        files = {"image_bytes": np.array(samples or self.images, object)}
        pixels = {"images": np.zeros((1, size, size, 3), np.uint8)}
        return [
            (name, pixels if endpoint == "images" else files)
            for name, (_, endpoint) in self._names.items()
        ]

    def metadata(self):
        return {
            "directions": list(self.directions),
            "image_size": self.model.image_size,
        }


def map_difference(found, expected):
    """The largest difference of heat maps, as a share of the largest value."""
    scale = max(float(np.max(np.abs(expected))), _SMALLEST_SCALE)
    return largest_difference(found, expected) / scale


def _colors_agree(answer, size):
    pictures = [draw_heat_map(one, size) for one in answer["heat_map"]]
    return np.array_equal(decoded(answer["heat_map_bytes"]), pictures)


def some_images(size):
    """Made-up photos: a PNG of the model's size, and two of other kinds."""
    draw = np.random.default_rng(0)

    def picture(height, width, channels):
        # Coarse blobs instead of noise, which no generator ever sees.
        coarse = draw.integers(0, 256, (4, 4, channels), np.uint8)
        image = Image.fromarray(coarse.squeeze())
        return image.resize((width, height), Image.Resampling.BICUBIC)

    photos = (
        (picture(size, size, 3), "PNG"),
        (picture(size * 3 // 2, size + 1, 3), "JPEG"),
        (picture(max(1, size // 2), size, 1), "PNG"),
    )
    files = []
    for photo, form in photos:
        stream = io.BytesIO()
        photo.save(stream, form)
        files.append(stream.getvalue())
    return files


def endpoints(has_heat_maps):
    """The signatures of a direction, the simplest first."""
    attention = ("with_attention",) if has_heat_maps else ()
    return (_DEFAULT, "input_size", *attention, "images")


def signature_names(directions, has_heat_maps):
    """Dict of signature to direction and endpoint.

    The first direction is served where a request names none.
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


def image_to_image(
    generators,
    image_size,
    computation,
    has_heat_maps=False,
    max_pixels=MAX_PIXELS,
):
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
    """
    module = tf.Module(name="image_translation")
    module.weights = computation.weights
    decode = _decoder(image_size, max_pixels)
    functions = {}
    for direction, generator in generators.items():
        translate = _translation(
            generator, image_size, has_heat_maps, computation
        )
        translator = _Translator(decode, translate, image_size, max_pixels)
        for endpoint in endpoints(has_heat_maps):
            functions[direction, endpoint] = translator.function(endpoint)
    for name, key in signature_names([*generators], has_heat_maps).items():
        setattr(module, name, functions[key])
    return module


class _Translator:
    """The endpoints of one direction; see `_decoder` and `_translation`."""

    def __init__(self, decode, translate, image_size, max_pixels):
        self._max_pixels = max_pixels
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
        images, _ = self._decode(request)
        return {"image_bytes": encode_png(self._translate(images)["image"])}

    def _input_size(self, request):
        images, sizes = self._decode(request)
        translated = self._translate(images)["image"]
        return {"image_bytes": encode_resized_png(translated, sizes)}

    def _with_attention(self, request):
        images, _ = self._decode(request)
        outputs = self._translate(images)
        heat_maps = tf.map_fn(
            lambda one: tf.io.encode_png(color_heat_map(one, self._size)),
            outputs["heat_map"],
            fn_output_signature=FILE,
        )
        return {
            "image_bytes": encode_png(outputs["image"]),
            "heat_map": outputs["heat_map"],
            "heat_map_bytes": heat_maps,
        }

    def _images(self, request):
        images = checked_count(request["images"], self._size, self._max_pixels)
        return {"images": self._translate(images)["image"]}


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
            heat_map = tf.cast(found["heat_map"], tf.float32)
            translated["heat_map"] = heat_map[..., 0]
        return translated

    shape = (None, size, size, 3)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])
    def translate(images):
        return computation(outputs, [images], specs)

    return translate


def _decoder(size, max_pixels):
    """Function of a request to square images, and the sizes that they had."""

    def prepare(image):
        return resize_image(image, (size, size)), tf.shape(image)[:2]

    specs = (
        tf.TensorSpec((size, size, 3), tf.uint8),
        tf.TensorSpec((2,), tf.int32),
    )
    decode_files = file_decoder(prepare, specs)

    def decode(request):
        files = checked_files(request, max_pixels)["image_bytes"]
        return decode_files(checked_count(files, size, max_pixels))

    return decode


def color_heat_map(heat_map, size):
    """A float32 map as the uint8 square that `draw_heat_map` makes of it."""
    height, width = heat_map.shape
    values = heat_map - tf.reduce_min(heat_map)
    span = tf.reduce_max(values)
    # The image of the same row is checked for NaN.
    has_contrast = (span > 0.0) & tf.math.is_finite(span)
    levels = tf.where(has_contrast, 255.0 * (values / span), 0.0)
    rows = tf.constant(bilinear_weights(size, height), tf.float64)
    columns = tf.constant(bilinear_weights(size, width), tf.float64)
    # (size, height) (height, width) (width, size)
    levels = tf.cast(tf.cast(levels, tf.uint8), tf.float64)
    resized = rows @ levels @ tf.transpose(columns)
    places = tf.cast(tf.floor(resized + 0.5), tf.int32)
    return tf.gather(tf.constant(jet_colors()), places)
