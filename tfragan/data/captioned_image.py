"""The data set object: images with captions, one entry an image."""

import copy
import dataclasses
import hashlib

from tfragan.data.encoded_image import EncodedImage
from tfragan.data.image_split import ImageSplit

CAPTION_CHOICES = ("random", "every")


@dataclasses.dataclass(frozen=True)
class CaptionedImage(EncodedImage):
    """One image with its captions, class and bounding box.

    Attributes:
        key: Name of the image, unique within the data set, such as
            `"002.Laysan_Albatross/Laysan_Albatross_0001_545"`.
        path: Absolute path of the file that holds the encoded image: the
            image file itself or, with `byte_range`, a record shard.
        captions: The raw captions, at least one.
        class_id: Index of the class. Images of one class do not count as
            mismatched pairs in the matching losses. Data without classes
            gives every image a class of its own.
        box: Bounding box `(x, y, width, height)` in pixels of the image, or
            `None`. Never set for images already cropped to their box.
        byte_range: `(offset, length)` of the encoded image within the file,
            in bytes, or `None` where the file is the image.
    """

    captions: tuple[str, ...]
    class_id: int = 0
    box: tuple[int, int, int, int] | None = None

    def record_fields(self):
        """The captions and the class; a box has been cropped to by then."""
        return {"captions": list(self.captions), "class_id": self.class_id}


class CaptionedImages(ImageSplit):
    """A split of a data set of captioned images, in a fixed order.

    Every source (`cub`, `coco`, `emoji`, ...) returns one of these, and
    `batches` turns it into the `tf.data.Dataset` that `fit` takes.

    Args:
        items: The `CaptionedImage` entries.
        name: Name of the data set, such as `"cub"`.
        split: Name of the split, such as `"train"`.
        class_names: Tuple of class names indexed by `class_id`, or `None`.
        mirrored_fits: Whether an image seen in a mirror still fits its
            captions, so that training may flip it. Not so for scripts,
            flags, or captions with left and right.
        record_image_size: Image size the stored images were made for: they
            are already cropped to their box and shrunk to a short side of
            `int(record_image_size * 76 / 64)`, or `None` for original images.
        bad_items: What was left out on opening, a `BadItems` report or
            `None`.
        every_caption: Whether a training epoch visits every caption, see
            `choose_captions`.

    Raises:
        ValueError: No items, a repeated key, or an item without captions.

    Example:

    >>> red = CaptionedImage("red", "/data/red.png", ("a red dot",))
    >>> blue = CaptionedImage("blue", "/data/blue.png", ("a blue dot",))
    >>> dots = CaptionedImages([red, blue], "dots", "train")
    >>> len(dots), dots.captions()
    (2, ['a red dot', 'a blue dot'])
    """

    item_kind = "image with a caption"

    def __init__(
        self,
        items,
        name,
        split,
        class_names=None,
        mirrored_fits=True,
        record_image_size=None,
        bad_items=None,
        every_caption=False,
    ):
        self.class_names = None if class_names is None else tuple(class_names)
        self.record_image_size = record_image_size
        self.every_caption = every_caption
        super().__init__(items, name, split, mirrored_fits, bad_items)

    def _validate(self):
        super()._validate()
        seen = set()
        for item in self.items:
            if item.key in seen:
                raise ValueError(
                    f"Data set {self.name!r}, split {self.split!r}, holds "
                    f"the key {item.key!r} twice; keys have to be unique."
                )
            if not item.captions:
                raise ValueError(
                    f"Image {item.key!r} of data set {self.name!r} has no "
                    "caption; at least one is expected."
                )
            seen.add(item.key)

    def __repr__(self):
        return (
            f"<CaptionedImages {self.name!r}, split {self.split!r}: "
            f"{len(self)} images, {len(self.captions())} captions, "
            f"{self.num_classes} classes>"
        )

    @property
    def num_classes(self):
        """Number of different classes among the items."""
        return len({item.class_id for item in self.items})

    @property
    def record_image_ready(self):
        """Whether the stored images are already cropped to their box."""
        return self.record_image_size is not None

    @property
    def fingerprint(self):
        """SHA-256 over keys, captions, classes and boxes, as hex digits.

        It does not depend on where the data lies, so that a run can be
        resumed from a copy of the data in another folder.
        """
        digest = hashlib.sha256()
        for item in self.items:
            fields = (item.key, item.captions, item.class_id, item.box)
            digest.update(repr(fields).encode())
        return digest.hexdigest()

    def captions(self):
        """All captions, image after image, as a list of `str`."""
        return [caption for item in self.items for caption in item.captions]

    def choose_captions(self, captions):
        """The same data set with another idea of a training epoch.

        Args:
            captions: `"random"` for each image once, with one of its
                captions at random; `"every"` for each caption of each image
                once, so that an image comes as often as it has captions.

        Returns:
            A `CaptionedImages`, whose `batches` and `steps_per_epoch` follow
            the choice.

        Raises:
            ValueError: `captions` is none of these.
        """
        if captions not in CAPTION_CHOICES:
            raise ValueError(
                f"`captions` must be one of {CAPTION_CHOICES}. "
                f"Received: captions={captions!r}"
            )
        chosen = copy.copy(self)
        chosen.every_caption = captions == "every"
        return chosen

    @property
    def sample_kind(self):
        """What an epoch of training is made of, `"images"` or `"captions"`."""
        return "captions" if self.every_caption else "images"

    def samples_per_epoch(self):
        """How many samples an epoch of training visits.

        A caption without a known word counts here where every caption does,
        though it never comes: `with_known_words` takes it out beforehand.
        """
        return len(self.captions() if self.every_caption else self.items)

    def split_off(self, fraction, seed=0):
        """Splits the images in two, the same way every time.

        Where there are classes with several images, each class gives about
        `fraction` of its images, as far as its size allows. The choice
        depends on keys, classes and the seed, not on the order of items.

        Args:
            fraction: Share of the images to split off, between 0 and 1.
            seed: Integer that picks another split.

        Returns:
            `(rest, part)`, two `CaptionedImages`, `part` with about
            `fraction` of the images; both keep the original order.

        Raises:
            ValueError: `fraction` is out of range or leaves one side empty.
        """
        if not 0 < fraction < 1:
            raise ValueError(
                "fraction has to be between 0 and 1, both exclusive. "
                f"Received: fraction={fraction}"
            )
        chosen = set(self._ranked_by_class(seed)[: self._share(fraction)])
        part = [i for i in range(len(self)) if i in chosen]
        rest = [i for i in range(len(self)) if i not in chosen]
        return self.select(rest), self.select(part)

    def _share(self, fraction):
        count = round(len(self) * fraction)
        if not 0 < count < len(self):
            raise ValueError(
                f"fraction={fraction} of {len(self)} images leaves one side "
                "of the split empty."
            )
        return count

    def _ranked_by_class(self, seed):
        """Indices such that every prefix holds an even share of a class."""
        by_class = {}
        for index, item in enumerate(self.items):
            text = f"{seed}/{item.key}".encode()
            rank = hashlib.sha256(text).hexdigest()
            by_class.setdefault(item.class_id, []).append((rank, index))
        ranked = []
        for members in by_class.values():
            members.sort()
            for place, (rank, index) in enumerate(members):
                # Half a place in: a class of one lands in the middle and
                # gets its turn by rank among the other classes of one.
                share = (place + 0.5) / len(members)
                ranked.append((share, rank, index))
        return [index for _, _, index in sorted(ranked)]

    def _make_batches(self, batch_size, *arguments, **options):
        from tfragan.data import caption_batches

        return caption_batches.caption_batches(
            self, batch_size, *arguments, **options
        )
