"""Which names of folders tell classes, and how many pairs they leave."""

import collections
import re

# What programs call the parts they cut a large data set into.
_SHARD = re.compile(r"\d{5,}|(shard|part|chunk|batch)s?[-_ ]?\d+", re.I)

# Folders that leave less of all pairs than this are no classes: nearly every
# image lies in the same one.
_LEAST_MISMATCHED = 0.1


def tell_classes(folders):
    """Whether the folder of each image, `None` or `""` for none, is its class.

    Not where all images lie in one, as in `images/`, where nearly all do, or
    where they only number the parts of a large data set, as in `00000/`,
    `00001/`.
    """
    names = {folder for folder in folders if folder}
    if len(names) < 2 or _are_shards(names):
        return False
    classes = [name or place for place, name in enumerate(folders)]
    return masked_share(classes) <= 1 - _LEAST_MISMATCHED


def _are_shards(names):
    inside = {name.rpartition("/")[0] for name in names}
    numbered = (_SHARD.fullmatch(name.rpartition("/")[2]) for name in names)
    return len(inside) == 1 and all(numbered)


def masked_share(classes):
    """The share of pairs of two images that are of the same class.

    It goes from 0, where every image is its own, to 1, where no image has
    another to be told from.
    """
    counts = collections.Counter(classes)
    total = sum(counts.values())
    if total < 2:
        return 1.0
    same = sum(count * (count - 1) for count in counts.values())
    return same / (total * (total - 1))
