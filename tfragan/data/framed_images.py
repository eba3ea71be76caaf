"""From encoded pictures to the image pyramids of a batch."""

import tensorflow as tf

from tfragan.data import image_augmentation
from tfragan.data.framing import framing_of
from tfragan.data.image_source import ImageSource

CROPS = ("random", "center", "full")


class Framer:
    """Resizes and crops pictures, and makes image pyramids of them.

    Args:
        image_sizes: ascending sides of the image pyramid in pixels.
        framing: see `tfragan.data.framing.framing_of`.
        crop: "random", "center" or "full".
        flip: whether to mirror at random.
        training: out of training crops are at the center, none mirrored.

    Raises:
        ValueError: An argument is out of range.
    """

    def __init__(
        self,
        image_sizes,
        framing="attngan",
        crop="random",
        flip=True,
        training=True,
    ):
        self.image_sizes = tuple(image_sizes)
        self._framing = framing_of(framing)
        self._flip = flip and training
        _check(self.image_sizes, crop)
        self._crop = "center" if crop == "random" and not training else crop

    def crop_to_box(self, image, box):
        """The part around a box, see `image_augmentation.crop_to_box`."""
        return image_augmentation.crop_to_box(
            image, box, self._framing.box_reach
        )

    def resize(self, image):
        """The picture at the size that it is cropped from."""
        size = self.image_sizes[-1]
        if self._crop != "full":
            size = self._framing.short_side(size)
        return image_augmentation.resize_short_side(
            image, size, self._framing.resize_method
        )

    def resize_like(self, image, other):
        """The picture at the size of another, resized with the same method."""
        return image_augmentation.resize_image(
            image, tf.shape(other)[:2], self._framing.resize_method
        )

    def cut(self, image, seed):
        """The square, maybe mirrored.

        Args:
            image: uint8 (height, width, channels), from `resize`.
            seed: int32 (2,); the same seed gives the same square.

        Returns:
            uint8 (size, size, channels), size being the largest.
        """
        size = self.image_sizes[-1]
        channels = image.shape[-1]
        if self._crop == "random":
            image = image_augmentation.random_crop_and_flip(
                image, size, seed, self._flip
            )
        else:
            image = image_augmentation.center_crop(image, size)
            if self._flip:
                image = image_augmentation.random_crop_and_flip(
                    image, size, seed
                )
        return tf.ensure_shape(image, [size, size, channels])

    def pyramid(self, image):
        """The square at all sizes, as a tuple of float32 in [-1, 1]."""
        pyramid = image_augmentation.image_pyramid(image, self.image_sizes)
        return tuple(map(image_augmentation.normalize_image, pyramid))


class FramedImageLoader:
    """Replaces the seed of a sample, `image_seeds`, by its `images`.

    Args:
        items: `EncodedImage` entries.
        framer: a `Framer`.
        boxes: a bounding box or `None` for each item, or `None`.
    """

    def __init__(self, items, framer, boxes=None):
        self._source = ImageSource(items)
        self._framer = framer
        self._boxes = None
        if boxes is not None and any(boxes):
            self._boxes = tf.constant(
                [box or (0, 0, 0, 0) for box in boxes], tf.int32
            )

    def __call__(self, sample):
        sample = dict(sample)
        seed = sample.pop("image_seeds")
        sample_id = sample["sample_ids"]
        image = image_augmentation.decode_image(self._source.read(sample_id))
        if self._boxes is not None:
            box = tf.gather(self._boxes, sample_id)
            image = self._framer.crop_to_box(image, box)
        image = self._framer.cut(self._framer.resize(image), seed)
        sample["images"] = self._framer.pyramid(image)
        return sample


def _check(image_sizes, crop):
    ascending = all(
        small < large
        for small, large in zip(image_sizes, image_sizes[1:], strict=False)
    )
    if not image_sizes or image_sizes[0] < 1 or not ascending:
        raise ValueError(
            "`image_sizes` must be positive and ascending. "
            f"Received: image_sizes={image_sizes}"
        )
    if crop not in CROPS:
        raise ValueError(
            f"`crop` must be one of {CROPS}. Received: crop={crop!r}"
        )
