"""One encoded picture, and what all splits of pictures share."""

import copy
import dataclasses
import hashlib
import typing

from tfragan.data.bad_items import BadItems
from tfragan.regular_file import open_regular


@dataclasses.dataclass(frozen=True)
class EncodedImage:
    """Where the bytes of one picture lie.

    Attributes:
        key: Name of the image, unique within its data set, such as
            `"kittens/0001.jpg"`.
        path: Absolute path of the file that holds the encoded image: the
            image file itself or, with `byte_range`, a record shard.
        byte_range: `(offset, length)` of the encoded image within the file,
            in bytes, or `None` where the file is the image.
    """

    key: str
    path: str
    byte_range: tuple[int, int] | None = dataclasses.field(
        default=None, kw_only=True
    )

    def read(self):
        """Returns the encoded image (JPEG, PNG, ...) as bytes.

        Raises:
            OSError: The file is missing or cannot be read.
        """
        with open_regular(self.path) as file:
            if self.byte_range is None:
                return file.read()
            offset, length = self.byte_range
            file.seek(offset)
            return file.read(length)

    def record_fields(self):
        """What `tfragan prepare` stores beside the bytes.

        Returns:
            Dict from names to lists of `str` or to an `int`.
        """
        return {}


class ImageSplit:
    """A split of a data set, one entry an image or pair, in a fixed order.

    Args:
        items: Entries with the attribute `key`.
        name: Name of the data set, such as `"flowers"`.
        split: Name of the split, such as `"train"`.
        mirrored_fits: Whether an image seen in a mirror still fits what
            belongs to it, so that training may flip it.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.

    Raises:
        ValueError: No items.
    """

    # What an item is called where there is none.
    item_kind = "image"
    # What an epoch of training is made of, in words.
    sample_kind: typing.Any = "images"
    # How pictures are framed unless it is said, see `image_batches`.
    published_framing = "ragan"
    # What kinds of images have and others lack.
    has_captions: typing.Any = False
    labels: typing.Any = None
    boxes: typing.Any = None
    inputs: typing.Any = None
    target_half = None
    record_image_size = None

    def __init__(self, items, name, split, mirrored_fits=True, bad_items=None):
        self.items = tuple(items)
        self.name = name
        self.split = split
        self.mirrored_fits = mirrored_fits
        self.bad_items = BadItems() if bad_items is None else bad_items
        self._validate()

    def _validate(self):
        if not self.items:
            raise ValueError(
                f"Data set {self.name!r}, split {self.split!r}, holds no "
                f"{self.item_kind}."
            )

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]

    def __iter__(self):
        return iter(self.items)

    @property
    def fingerprint(self):
        """SHA-256 over what the items are, as hex digits.

        It does not depend on where the data lies, so that a run can be
        resumed from a copy of the data in another folder.
        """
        return hashlib.sha256(repr(self.identity()).encode()).hexdigest()

    def identity(self):
        """What tells the items from others, as plain values."""
        return [item.key for item in self.items]

    def contents(self):
        """What there is in words, such as "80 images, 400 captions"."""
        return f"{len(self):,} images"

    def replace_items(self, items):
        """The same data set with other items, as a new object."""
        replaced = copy.copy(self)
        replaced.items = tuple(items)
        replaced._validate()
        return replaced

    def select(self, indices):
        """The items at `indices`, in that order, as a new data set."""
        return self.replace_items([self.items[index] for index in indices])

    def samples_per_epoch(self):
        """How many samples an epoch of training visits."""
        return len(self)

    def steps_per_epoch(self, batch_size):
        """Number of whole batches of `batch_size` in one training epoch.

        Raises:
            ValueError: Not one batch can be filled.
        """
        samples = self.samples_per_epoch()
        if not 1 <= batch_size <= samples:
            raise ValueError(
                "batch_size has to be between 1 and the number of "
                f"{self.sample_kind} of {self.name!r}, {samples}. "
                f"Received: batch_size={batch_size}"
            )
        return samples // batch_size

    def batches(self, batch_size, image_sizes=(64,), tokenizer=None, **options):
        """The `tf.data.Dataset` of batches that `fit` takes.

        Args:
            batch_size: Images, or pairs, of a global batch.
            image_sizes: Ascending sides of the image pyramid in pixels.
            tokenizer: A `tfragan.text.CaptionTokenizer` for batches with
                captions, or `None`.
            **options: See `tfragan.data.image_batches.image_batches`; `flip`
                is `mirrored_fits` where it is not given.

        Returns:
            A `tf.data.Dataset` of dict batches.
        """
        # It brings TensorFlow with it, which opening data sets does without.
        from tfragan.data.image_batches import image_batches

        options.setdefault("flip", self.mirrored_fits)
        return image_batches(
            self, batch_size, image_sizes, tokenizer, **options
        )
