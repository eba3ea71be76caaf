"""Pairs of images in a folder, with the captions and labels beside them."""

import dataclasses
import os

from tfragan.data.encoded_image import EncodedImage
from tfragan.data.folder_captions import find_table
from tfragan.data.folder_captions import has_caption_files
from tfragan.data.folder_captions import read_caption_files
from tfragan.data.folder_captions import read_table
from tfragan.data.image_inspection import header_of
from tfragan.data.image_inspection import keep_usable
from tfragan.data.image_inspection import upright_images
from tfragan.data.label_table import has_label_table
from tfragan.data.label_table import image_files
from tfragan.data.label_table import read_label_table


class PairFolder:
    """A split of a folder of pairs.

    Args:
        folder: Folder that holds `<split>A` and `<split>B`, or `<split>`
            with both images of a pair side by side.
        split: Name of the split.
        direction: `"ab"` where A, or the left, is the input, else `"ba"`.

    Raises:
        ValueError: A folder is missing.
    """

    def __init__(self, folder, split, direction):
        def exists(place):
            return os.path.isdir(os.path.join(folder, place))

        self._folder = folder
        two = [f"{split}{letter}" for letter in direction.upper()]
        self.side_by_side = exists(split) and not any(map(exists, two))
        # The input is first, the target last.
        self.places = [split] if self.side_by_side else two
        if not all(map(exists, self.places)):
            raise ValueError(
                f"{folder} has to hold the folders {split}A and {split}B, or "
                f"{split} with both images of a pair side by side."
            )

    def names(self):
        """The names, without extension, of all images in either place."""
        return {
            _name(file) for path in self._paths() for file in image_files(path)
        }

    def pairs(self, decode, bad_items):
        """The usable pairs, by the name of the target without extension.

        Args:
            decode: Whether to decode each image instead of looking at its
                header.
            bad_items: `BadItems` report that is added to.

        Returns:
            Dict from names to pairs of `EncodedImage`, input and target.
        """
        found = [self._by_name(place, bad_items) for place in self.places]
        inputs, targets = found[0], found[-1]
        for place, images in zip(self.places, found, strict=True):
            for name, image in images.items():
                if name not in inputs or name not in targets:
                    bad_items.skip(
                        "image without its pair", f"{place}/{image.key}"
                    )
        matched = [name for name in targets if name in inputs]
        usable = []
        for place, images in zip(self.places, found, strict=True):
            chosen = [images[name] for name in matched]
            good, bad_images = upright_images(chosen, decode)
            bad_items.add(bad_images, f"{place}/")
            usable.append({_name(image.key): image for image in good})
        pairs = [
            _Pair(target.key, usable[0][name], target)
            for name, target in usable[-1].items()
            if name in usable[0]
        ]
        examine = _examine_halves if self.side_by_side else _examine_sizes
        return {
            _name(pair.key): (pair.input, pair.target)
            for pair in keep_usable(pairs, examine, bad_items)
        }

    def captions(self):
        """Captions beside the targets, else beside the inputs.

        Returns:
            Dict from names without extension to tuples of captions, or
            `None` where there are no captions.

        Raises:
            ValueError: The table is damaged.
        """
        for path in self._paths():
            table = find_table(path)
            if table is not None:
                rows = read_table(table)
            elif has_caption_files(path):
                rows, _ = read_caption_files(path)
            else:
                continue
            return {_name(row.image): tuple(row.captions) for row in rows}
        return None

    def label_table(self):
        """The `LabelTable` beside the targets, else inputs, or `None`.

        Its images are names without extension.

        Raises:
            ValueError: The table is damaged.
        """
        for path in self._paths():
            if has_label_table(path):
                table = read_label_table(path)
                labels = {
                    _name(file): names for file, names in table.labels.items()
                }
                return dataclasses.replace(table, labels=labels)
        return None

    def _paths(self):
        return [
            os.path.join(self._folder, place) for place in self.places[::-1]
        ]

    def _by_name(self, place, bad_items):
        path = os.path.join(self._folder, place)
        images = {}
        for file in image_files(path):
            image = EncodedImage(file, os.path.join(path, file))
            if images.setdefault(_name(file), image) is not image:
                bad_items.skip("second image of one name", f"{place}/{file}")
        return images


@dataclasses.dataclass(frozen=True)
class _Pair:
    key: str
    input: EncodedImage
    target: EncodedImage


def _name(file):
    return os.path.splitext(file)[0]


def _examine_halves(pair):
    width, _ = header_of(pair.target).size
    odd = "side-by-side image of odd width"
    return pair, odd if width % 2 else None, None


def _examine_sizes(pair):
    width, height = header_of(pair.input).size
    target_width, target_height = header_of(pair.target).size
    # One is the other, scaled and rounded: up to a pixel of difference.
    difference = abs(width * target_height - height * target_width)
    tolerance = max(width, height, target_width, target_height)
    error = "pair of different proportions"
    return pair, error if difference > tolerance else None, None
