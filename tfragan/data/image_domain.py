"""Images of one kind, without captions: what a translation starts from."""

import concurrent.futures
import hashlib
import os

import numpy as np

from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_policy
from tfragan.data.encoded_image import EncodedImage
from tfragan.data.image_header import decoding_error
from tfragan.data.image_inspection import upright_images
from tfragan.data.source_files import relative_files

_ANY_NAME = ("",)


class ImageDomain:
    """Images of one kind, such as photos of cats, in a fixed order.

    Args:
        items: `EncodedImage` entries.
        name: Name of the domain, for messages.
        stored_size: Side in pixels that larger images were shrunk to by
            `tfragan prepare`, or `None` for original images.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.

    Raises:
        ValueError: There is not one item.
    """

    def __init__(self, items, name, stored_size=None, bad_items=None):
        self.items = tuple(items)
        self.name = name
        self.stored_size = stored_size
        self.bad_items = BadItems() if bad_items is None else bad_items
        if not self.items:
            raise ValueError(f"Domain {name!r} has to hold an image.")

    def __len__(self):
        return len(self.items)

    def __repr__(self):
        return f"<ImageDomain {self.name!r}: {len(self)} images>"

    @property
    def keys(self):
        """Names of the images, such as `"kittens/1.jpg"`, as a tuple."""
        return tuple(item.key for item in self.items)

    @property
    def fingerprint(self):
        """SHA-256 over the names in their order, as hex digits."""
        return hashlib.sha256(repr(self.keys).encode()).hexdigest()

    def require_size(self, size):
        """Raises `ValueError` where images were stored smaller than `size`."""
        if self.stored_size is not None and self.stored_size < size:
            raise ValueError(
                f"{self.name!r} was prepared with images shrunk to "
                f"{self.stored_size} pixels, too few for {size}: prepare it "
                "again with a larger image_size."
            )

    def image(self, index):
        """One image at the size it has.

        Args:
            index: Position among the images.

        Returns:
            uint8 array (height, width, 3).

        Raises:
            ValueError: It cannot be decoded, which opening may not see.
        """
        from tfragan.data.image_augmentation import decode_image

        return self._decoded(index, decode_image)

    def images(self, indices, image_size):
        """Images as they are for testing: resized to a square.

        Proportions are not kept, as in the published code.

        Args:
            indices: Positions among the images, in any order.
            image_size: Side in pixels.

        Returns:
            uint8 array (number of indices, image_size, image_size, 3).

        Raises:
            ValueError: One cannot be decoded, which opening may not see, or
                they were prepared for smaller images.
        """
        from tfragan.data.unpaired_batches import square_decoder

        self.require_size(image_size)
        # Made here: threads would make one each.
        decoder = square_decoder()

        def square(index):
            return self._decoded(index, decoder, image_size)

        with concurrent.futures.ThreadPoolExecutor() as threads:
            squares = list(threads.map(square, indices))
        shape = (len(squares), image_size, image_size, 3)
        return np.array(squares, np.uint8).reshape(shape)

    def batches(self, batch_size, image_size):
        """One pass over all images, resized to squares as for testing.

        Args:
            batch_size: Images of a batch; the last may be smaller.
            image_size: Side in pixels.

        Returns:
            `tf.data.Dataset` of dicts: `images`, uint8 (batch, image_size,
            image_size, 3), and `index`, int64 (batch,), their positions.
        """
        from tfragan.data import unpaired_batches

        return unpaired_batches.domain_batches(self, batch_size, image_size)

    def _decoded(self, index, decode, *arguments):
        import tensorflow as tf

        item = self.items[index]
        try:
            return decode(item.read(), *arguments).numpy()
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(
                f"{item.key!r} of {self.name!r} cannot be used: "
                f"{decoding_error(item.read())}."
            ) from error


def image_domain(folder_or_file, on_bad_item="skip", images="header"):
    """Opens a folder of images, or a single image, of any format.

    Sub-folders are walked, hidden files passed over, and names sorted.
    Images are of any mode and size; see `upright_copy` for those that
    TensorFlow does not read.

    Args:
        folder_or_file: The folder or the file.
        on_bad_item: `"skip"` leaves out what is no sound image and logs
            which files these are, `"refuse"` raises.
        images: `"header"` looks at the beginning and the end of each file,
            `"decode"` decodes it.

    Returns:
        An `ImageDomain` whose keys are the paths within the folder, or the
        name of the file.

    Raises:
        ValueError: There is no such folder or file, it holds no usable
            image, or a bad one under `"refuse"`.
    """
    check_policy(on_bad_item)
    domain = open_domain(folder_or_file, images)
    path = os.path.abspath(os.path.expanduser(os.fspath(folder_or_file)))
    domain.bad_items.enforce(on_bad_item, path)
    return domain


def open_domain(folder_or_file, images="header"):
    """`image_domain` that leaves it to the caller to report bad images."""
    if images not in ("header", "decode"):
        raise ValueError(
            'images has to be "header" or "decode". '
            f"Received: images={images!r}"
        )
    path = os.path.abspath(os.path.expanduser(os.fspath(folder_or_file)))
    items = _items(path)
    good, bad_items = upright_images(items, images == "decode")
    if not good:
        raise ValueError(f"{path} holds no usable image: {bad_items}.")
    return ImageDomain(good, os.path.basename(path), bad_items=bad_items)


def _items(path):
    if os.path.isdir(path):
        names = relative_files(path, _ANY_NAME)
        if not names:
            raise ValueError(f"{path} has to hold images; it is empty.")
        return [EncodedImage(name, os.path.join(path, name)) for name in names]
    if os.path.exists(path):
        return [EncodedImage(os.path.basename(path), path)]
    raise ValueError(f"There is no file and no folder at {path}.")
