"""What all splits of images share that are held in memory by their files."""

import copy

from tfragan.data.bad_items import BadItems


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

    def replace_items(self, items):
        """The same data set with other items, as a new object."""
        replaced = copy.copy(self)
        replaced.items = tuple(items)
        replaced._validate()
        return replaced

    def select(self, indices):
        """The items at `indices`, in that order, as a new data set.

        Args:
            indices: Positions in `items`.

        Returns:
            A data set of the same class.
        """
        return self.replace_items([self.items[index] for index in indices])

    @property
    def sample_kind(self):
        """What an epoch of training is made of, in words."""
        return "images"

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

    def batches(self, batch_size, *arguments, **options):
        """The `tf.data.Dataset` of batches that `fit` takes.

        Args:
            batch_size: Images, or pairs, of a global batch.
            *arguments: What follows in the function of this kind of data:
                `tfragan.data.caption_batches.caption_batches`,
                `tfragan.data.labelled_batches.labelled_batches` or
                `tfragan.data.paired_batches.paired_batches`.
            **options: The same by name, such as `image_sizes`; `flip` is
                `mirrored_fits` where it is not given.

        Returns:
            A `tf.data.Dataset` of dict batches.
        """
        options.setdefault("flip", self.mirrored_fits)
        return self._make_batches(batch_size, *arguments, **options)

    def _make_batches(self, batch_size, *arguments, **options):
        raise NotImplementedError
