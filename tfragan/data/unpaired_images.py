"""Two domains of images without pairs, as translation is trained on."""

import concurrent.futures
import hashlib
import os

import numpy as np

from tfragan.data.avatars import avatar_domains
from tfragan.data.bad_items import SPLITS
from tfragan.data.bad_items import BadItems
from tfragan.data.bad_items import check_inspection
from tfragan.data.bad_items import check_opening
from tfragan.data.bad_items import check_policy
from tfragan.data.emoji import emoji
from tfragan.data.image_inspection import decoding_error
from tfragan.data.image_inspection import upright_images
from tfragan.data.image_split import EncodedImage
from tfragan.data.records import MANIFEST
from tfragan.data.records import UNPAIRED
from tfragan.data.records import check_fields
from tfragan.data.records import is_prepared
from tfragan.data.records import read_manifest
from tfragan.data.records import stored_rows
from tfragan.data.source_files import relative_files
from tfragan.data.split_names import folder_named
from tfragan.place import local_path

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
    path = os.path.abspath(local_path(folder_or_file))
    domain.bad_items.enforce(on_bad_item, path)
    return domain


def open_domain(folder_or_file, images="header"):
    """`image_domain` that leaves it to the caller to report bad images."""
    check_inspection(images)
    path = os.path.abspath(local_path(folder_or_file))
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


class UnpairedImages:
    """A split of a data set of two domains, A and B, without pairs.

    Args:
        domain_a: `ImageDomain` of the images that direction `"ab"` starts
            from.
        domain_b: `ImageDomain` of the images that it is to imitate.
        name: Name of the data set, such as `"cat2dog"`.
        split: Name of the split, such as `"train"`.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.

    Example:

    >>> dataset = unpaired_images("emoji", "test")
    >>> dataset
    <UnpairedImages 'emoji', split 'test': 320 images in A, 320 in B>
    >>> batch = next(iter(dataset.batches(4, image_size=32)))
    >>> batch["images_a"].shape
    TensorShape([4, 32, 32, 3])
    """

    def __init__(self, domain_a, domain_b, name, split, bad_items=None):
        self.domain_a = domain_a
        self.domain_b = domain_b
        self.name = name
        self.split = split
        self.bad_items = BadItems() if bad_items is None else bad_items

    def __len__(self):
        """Number of images in the larger domain, one epoch."""
        return max(len(self.domain_a), len(self.domain_b))

    def __repr__(self):
        return (
            f"<UnpairedImages {self.name!r}, split {self.split!r}: "
            f"{len(self.domain_a)} images in A, {len(self.domain_b)} in B>"
        )

    def contents(self):
        """What there is in words: "9 images of A and 8 of B"."""
        return (
            f"{len(self.domain_a):,} images of A and "
            f"{len(self.domain_b):,} of B"
        )

    @property
    def fingerprint(self):
        """SHA-256 over the names in both domains, as hex digits.

        It does not depend on where the data lies, so that a run can be
        resumed from a copy of the data in another folder.
        """
        both = (self.domain_a.fingerprint, self.domain_b.fingerprint)
        return hashlib.sha256(repr(both).encode()).hexdigest()

    def steps_per_epoch(self, batch_size):
        """Batches until each image of the larger domain has come once."""
        if batch_size < 1:
            raise ValueError(
                "batch_size has to be at least 1. "
                f"Received: batch_size={batch_size}"
            )
        return -(-len(self) // batch_size)

    def batches(self, batch_size, image_size, **options):
        """The `tf.data.Dataset` of training batches that `fit` takes.

        Args:
            batch_size: Images of each domain in a global batch.
            image_size: Side of the images in pixels.
            **options: See `tfragan.data.unpaired_batches.unpaired_batches`.

        Returns:
            An endless `tf.data.Dataset` of dicts with `images_a` and
            `images_b`, float32 in [-1, 1].
        """
        from tfragan.data import unpaired_batches

        return unpaired_batches.unpaired_batches(
            self, batch_size, image_size, **options
        )


def unpaired_images(
    name_or_folder, split="train", on_bad_item="skip", images="header"
):
    """Opens two unpaired domains by name or from a folder.

    The folder holds `trainA` and `trainB`, for testing `testA` and `testB`,
    with images of any format, mode, size and name; sub-folders are walked.
    Only the folders of the split have to be there. Or it is one that
    `tfragan prepare` has written, whose images are not looked at again.

    Args:
        name_or_folder: `"avatars"` or `"emoji"` for what comes with the package
            (A: Personas or Noto, B: Toon Head or Twemoji), else the folder.
            `"./emoji"` is a folder.
        split: `"train"` or `"test"`.
        on_bad_item: `"skip"` leaves out what is no sound image and logs
            which files these are, `"refuse"` raises.
        images: `"header"` looks at the beginning and the end of each file,
            `"decode"` decodes it.

    Returns:
        An `UnpairedImages`.

    Raises:
        ValueError: No such folder, a folder of the split is missing or holds
            no usable image, or a bad image under `"refuse"`.
    """
    check_opening(split, on_bad_item, images)
    built_in = _BUILT_IN.get(os.fspath(name_or_folder))
    if built_in is not None:
        return built_in(split)
    folder = _folder(name_or_folder)
    if is_prepared(folder):
        return _prepared(folder, split)
    _check_folders(folder, split)
    bad_items = BadItems()
    domain_a, domain_b = (
        open_domain(folder_named(folder, f"{split}{letter}"), images)
        for letter in "AB"
    )
    for domain in (domain_a, domain_b):
        bad_items.add(domain.bad_items, f"{domain.name}/")
    name = os.path.basename(folder)
    bad_items.enforce(on_bad_item, f"Data set {name!r}, split {split!r},")
    return UnpairedImages(domain_a, domain_b, name, split, bad_items)


def unpaired_splits(name_or_folder):
    """The splits of which there is at least one domain.

    Args:
        name_or_folder: As in `unpaired_images`.

    Returns:
        List of `"train"` and `"test"`, empty for what is not unpaired images
        or not there.
    """
    if os.fspath(name_or_folder) in _BUILT_IN:
        return list(SPLITS)
    folder = local_path(name_or_folder)
    if is_prepared(folder):
        manifest = read_manifest(folder)
        return [split for split in SPLITS if f"{split}A" in manifest["splits"]]
    return [split for split in SPLITS if len(_missing(folder, split)) < 2]


def _emoji(split):
    domain_a, domain_b = (
        ImageDomain(emoji(split, vendor).items, f"emoji:{vendor}")
        for vendor in ("noto", "twemoji")
    )
    return UnpairedImages(domain_a, domain_b, "emoji", split)


def _avatars(split):
    domain_a, domain_b = (
        ImageDomain(items, f"avatars:{style}")
        for items, style in zip(
            avatar_domains(split), ("personas", "toon_head"), strict=True
        )
    )
    return UnpairedImages(domain_a, domain_b, "avatars", split)


_BUILT_IN = {"avatars": _avatars, "emoji": _emoji}


def _prepared(folder, split):
    manifest = read_manifest(folder, UNPAIRED)
    where = os.path.join(folder, MANIFEST)
    check_fields(manifest, {"name": str}, where)
    for content in manifest["splits"].values():
        check_fields(content, {"stored_size": int}, where)
    domain_a, domain_b = (
        ImageDomain(
            (
                EncodedImage(
                    row["key"], path, byte_range=tuple(row["byte_range"])
                )
                for row, path in stored_rows(folder, manifest, place)
            ),
            place,
            manifest["splits"][place]["stored_size"],
        )
        for place in (f"{split}A", f"{split}B")
    )
    return UnpairedImages(domain_a, domain_b, manifest["name"], split)


def _folder(name):
    path = os.path.abspath(local_path(name))
    if not os.path.isdir(path):
        raise ValueError(
            "Unpaired images are avatars, emoji, or a folder that exists. "
            f"Received: {os.fspath(name)!r}"
        )
    return path


def _check_folders(folder, split):
    missing = _missing(folder, split)
    if missing:
        raise ValueError(
            f"{folder} has to hold the folders {split}A and {split}B. "
            f"Missing: {' and '.join(missing)}.{_hint(folder, split)}"
        )


def _missing(folder, split):
    return [
        f"{split}{letter}"
        for letter in "AB"
        if not os.path.isdir(folder_named(folder, f"{split}{letter}"))
    ]


def _hint(folder, split):
    """Names a sub-folder that would do: archives often hold one folder."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not _missing(entry.path, split):
            return f" {entry.path} has them."
    return ""
