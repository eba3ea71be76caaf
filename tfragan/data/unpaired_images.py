"""Two domains of images without pairs, as translation is trained on."""

import hashlib
import os

from tfragan.data.bad_items import BadItems
from tfragan.data.emoji import emoji
from tfragan.data.encoded_image import EncodedImage
from tfragan.data.image_domain import ImageDomain
from tfragan.data.image_domain import open_domain
from tfragan.data.opening import SPLITS
from tfragan.data.opening import check_opening
from tfragan.data.records import UNPAIRED
from tfragan.data.records import is_prepared
from tfragan.data.records import read_manifest
from tfragan.data.records import stored_rows


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
        name_or_folder: `"emoji"` for the emoji that come with the package
            (A: Noto, B: Twemoji), else the folder. `"./emoji"` is a folder.
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
    if os.fspath(name_or_folder) == "emoji":
        return _emoji(split)
    folder = _folder(name_or_folder)
    if is_prepared(folder):
        return _prepared(folder, split)
    _check_folders(folder, split)
    bad_items = BadItems()
    domain_a, domain_b = (
        open_domain(os.path.join(folder, f"{split}{letter}"), images)
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
    if os.fspath(name_or_folder) == "emoji":
        return list(SPLITS)
    folder = os.path.expanduser(os.fspath(name_or_folder))
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


def _prepared(folder, split):
    manifest = read_manifest(folder, UNPAIRED)
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
    path = os.path.abspath(os.path.expanduser(os.fspath(name)))
    if not os.path.isdir(path):
        raise ValueError(
            "Unpaired images are emoji, or a folder that exists. "
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
        if not os.path.isdir(os.path.join(folder, f"{split}{letter}"))
    ]


def _hint(folder, split):
    """Names a sub-folder that would do: archives often hold one folder."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir() and not _missing(entry.path, split):
            return f" {entry.path} has them."
    return ""
