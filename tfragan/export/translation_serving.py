"""Serving models that translate images between two domains."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import resize_image
from tfragan.export.serving import Serving
from tfragan.export.translation_signatures import image_to_image
from tfragan.export.translation_signatures import signature_names
from tfragan.export.verification import Comparison
from tfragan.export.verification import decoded
from tfragan.export.verification import largest_difference
from tfragan.models.translation import DIRECTIONS
from tfragan.visualization.translation_panel import draw_heat_map

BOTH = "both"
_SMALLEST_SCALE = 1e-12


class TranslationServing(Serving):
    """Photos to translations; see `image_to_image`.

    Args:
        model: an `ImageTranslationModel`.
        direction: `"ab"`, `"ba"` or `"both"`.
        images: list of encoded images to compare, bytes; by default a few
            that are made up, one of another size and form than the model's.
        **options: see `Serving`.

    Raises:
        ValueError: there is no such direction, or there are no images.
    """

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
            direction: self.model.generator_of(direction)
            for direction in self.directions
        }
        return image_to_image(
            generators,
            self.model.image_size,
            self.computation(generators.values()),
            self.model.has_heat_maps,
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
        request = {"image_bytes": tf.constant(self.images, tf.string)}
        together = _files(served[direction], request)
        alone = [
            _files(served[direction], {"image_bytes": tf.constant([file])})[0]
            for file in self.images
        ]
        comparison.add_rows(together, alone)
        answer = served[f"{direction}_images"](images=tf.constant(prepared))
        found = [answer["images"].numpy(), decoded(together), decoded(alone)]
        if maps is not None:
            answer = served[f"{direction}_with_attention"](**request)
            found.append(decoded(answer["image_bytes"].numpy()))
            comparison.add_maps(
                map_difference(answer["heat_map"].numpy(), maps)
            )
            if not _colors_agree(answer, size):
                comparison.add_maps(np.inf)
        for images in found:
            comparison.add_pixels(images, expected)
        files = _files(served[f"{direction}_input_size"], request)
        # The served pixels and not the model's: only the resize is compared.
        self._compare_resized(files, found[0], comparison)

    def _compare_resized(self, files, translated, comparison):
        """Compares files with translations in the size of their images."""
        # In a graph, as what it is compared with: the factors of a resize
        # differ in their last bits from those outside of it.
        resize = tf.function(
            resize_image,
            input_signature=[
                tf.TensorSpec(translated.shape[1:], tf.uint8),
                tf.TensorSpec((2,), tf.int32),
            ],
        )
        for file, image, given in zip(
            files, translated, self.images, strict=True
        ):
            sides = decode_image(given).shape[:2]
            resized = resize(image, tf.constant(sides)).numpy()
            comparison.add_pixels(decoded([file])[0], resized)

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


def _files(signature, request):
    return signature(**request)["image_bytes"].numpy().tolist()


def map_difference(found, expected):
    """The largest difference of heat maps, as a share of the largest value."""
    scale = max(float(np.max(np.abs(expected))), _SMALLEST_SCALE)
    return largest_difference(found, expected) / scale


def _colors_agree(answer, size):
    pictures = [draw_heat_map(one, size) for one in answer["heat_map"].numpy()]
    files = answer["heat_map_bytes"].numpy()
    return np.array_equal(decoded(files), np.stack(pictures))


def some_images(size):
    """Made-up photos: a PNG of the model's size, and two of other kinds.

    Args:
        size: height and width of the model's images.

    Returns:
        List of three encoded images.
    """
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
