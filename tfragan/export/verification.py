"""Comparing a written SavedModel with the model it was made from."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import resize_image


@dataclasses.dataclass(frozen=True)
class Parity:
    """How near an export is to its model.

    Attributes:
        samples: how many captions or images were compared.
        max_pixel_difference: largest difference of a pixel's value, of 255;
            infinite where a size differs.
        max_attention_difference: largest difference in an attention map; of
            heat maps, whose range is free, as a share of the largest value.
        independent_rows: whether a sample gave the same bytes alone and among
            the others.
        mean_pixel_difference: mean difference of the pixels of the picture
            that differs most by it, of 255.
    """

    samples: int
    max_pixel_difference: int | float
    max_attention_difference: float
    independent_rows: bool
    mean_pixel_difference: float = 0.0


class Comparison:
    """Gathers how far an export is from its model."""

    def __init__(self):
        self._largest = self._mean = self._maps = 0.0
        self._independent = True

    def add_pixels(self, found, expected):
        """Compares uint8 pictures."""
        self._largest = max(self._largest, largest_difference(found, expected))
        if found.shape == expected.shape and found.size:
            distance = np.abs(found.astype(np.float64) - expected)
            self._mean = max(self._mean, distance.mean())

    def add_resized(self, files, images, sizes):
        """Compares files of `sizes` with pictures of another size, resized."""
        # In a graph, as what it is compared with: the factors of a resize
        # differ in their last bits from those outside of it.
        resize = tf.function(
            resize_image,
            input_signature=[
                tf.TensorSpec(images.shape[1:], tf.uint8),
                tf.TensorSpec((2,), tf.int32),
            ],
        )
        for file, image, size in zip(files, images, sizes, strict=True):
            resized = resize(image, tf.constant(size, tf.int32))
            self.add_pixels(decoded([file])[0], resized.numpy())

    def add_maps(self, difference):
        """Adds the largest difference of maps."""
        self._maps = max(self._maps, difference)

    def add_rows(self, together, alone):
        """Compares files from one request with those from one each."""
        self._independent = self._independent and together == alone

    def parity(self, samples):
        """The outcome, a `Parity` of so many captions or images."""
        largest = self._largest
        return Parity(
            samples=samples,
            max_pixel_difference=(
                int(largest) if np.isfinite(largest) else largest
            ),
            max_attention_difference=float(self._maps),
            independent_rows=self._independent,
            mean_pixel_difference=round(float(self._mean), 4),
        )


def decoded(files):
    """PNG files of one size as one uint8 array."""
    return np.stack([tf.io.decode_png(file).numpy() for file in files])


def largest_difference(found, expected):
    """The largest absolute difference, infinity between different shapes."""
    if found.shape != expected.shape:
        return np.inf
    return np.abs(found.astype(np.float64) - expected).max(initial=0.0)


def ask(signature, request):
    """The answer of a loaded signature: a dict of output name to array."""
    answer = signature(
        **{name: tf.constant(value) for name, value in request.items()}
    )
    return {name: value.numpy() for name, value in answer.items()}


def files_one_by_one(signature, request):
    """The files of a request whose rows are asked for one at a time."""
    rows = len(next(iter(request.values())))
    files = []
    for row in range(rows):
        one = {name: value[row : row + 1] for name, value in request.items()}
        files.append(ask(signature, one)["image_bytes"][0])
    return files
