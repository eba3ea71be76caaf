"""Translation of image files, whatever their size."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfragan import visualization
from tfragan.cli.errors import UsageError
from tfragan.cli.file_names import output_names
from tfragan.data import progress_bar
from tfragan.data.bad_items import BadItems
from tfragan.data.image_augmentation import resize_image
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images

_BACK = {"ab": "ba", "ba": "ab"}
_HEAT_MAPS = "heat_maps"
_PANELS = "panels"
# Generators mirror the edges of a quarter of the image.
_SMALLEST_SIDE = 5


class ImageTranslator:
    """Turns images of one domain into pictures.

    `size`, `heat_maps` and `panels` of the command line say how;
    `--size=native` is refused with a model of one size.
    """

    def __init__(self, preset, direction, image_size, arguments):
        self.generator = load_generator(preset, direction)
        self.back_generator = None
        if arguments.panels:
            self.back_generator = load_generator(preset, _BACK[direction])
        self.image_size = image_size
        self.size = arguments.size
        self.heat_maps = arguments.heat_maps
        fixed = self.generator.fixed_size
        if self.size == "native" and fixed is not None:
            raise UsageError(
                f"--size=native: this model translates {fixed} x {fixed} "
                "pixels only; take --size=input, or train with "
                "--config.network.light."
            )

    def prepare(self, image):
        """An image, (height, width, 3) uint8, at the size to translate."""
        if self.size == "native":
            return image
        return resize_image(image, [self.image_size] * 2).numpy()

    def __call__(self, images, sizes):
        """Translates images (n, height, width, 3) uint8 that had these sizes.

        Returns a dict of kind to n uint8 pictures; the kind `""` are the
        translations.
        """
        heat_maps = None
        translated = translate_images(
            self.generator,
            images,
            return_heat_maps=self.heat_maps,
            batch_size=len(images),
        )
        if self.heat_maps:
            translated, heat_maps = translated
        if self.size == "model":
            sizes = [translated.shape[1:3]] * len(images)
        pictures = {
            "": [
                _of_size(image, images.shape[1:3], size)
                for image, size in zip(translated, sizes, strict=True)
            ]
        }
        if heat_maps is not None:
            pictures[_HEAT_MAPS] = [
                visualization.draw_heat_map(heat_map, tuple(size))
                for heat_map, size in zip(heat_maps, sizes, strict=True)
            ]
        if self.back_generator is not None:
            pictures[_PANELS] = [
                visualization.translation_panel(image[np.newaxis], self._passes)
                for image in images
            ]
        return pictures

    def _passes(self, images):
        return visualization.translation_passes(
            self.generator, self.back_generator, images
        )


def _of_size(image, before, size):
    """Cuts off what the generator rounded up, then resizes."""
    image = image[: before[0], : before[1]]
    return resize_image(image, list(size)).numpy()


@dataclasses.dataclass(frozen=True)
class _Item:
    """An image on its way: uint8, ready to be translated.

    `key` is its name in its domain, `name` the relative path of what becomes of
    it, without ending, `size` the (height, width) that it has.
    """

    key: str
    name: str
    size: tuple
    image: np.ndarray


class FileTranslation:
    """Translates all images of domains, from files to PNG files in a folder."""

    def __init__(self, translator, domains, folder, arguments):
        self._translator = translator
        self._folder = folder
        self._batch_size = arguments.batch_size
        self._on_bad_item = arguments.on_bad_item
        self._progress = arguments.progress
        self._bad_items = BadItems()
        self._places = [
            (domain, place)
            for domain in domains
            for place in range(min(arguments.count or len(domain), len(domain)))
        ]

    def run(self):
        """Writes the pictures; dicts that say what became of which image."""
        lines, batch = [], []
        for item in self._items():
            full = len(batch) == self._batch_size
            if full or (batch and batch[0].image.shape != item.image.shape):
                lines += self._write(batch)
                batch = []
            batch.append(item)
        if batch:
            lines += self._write(batch)
        print(f"{len(lines):,} images translated into {self._folder}")
        self._bad_items.enforce(self._on_bad_item, "Translating,")
        return lines

    def _items(self):
        keys = [domain.keys[place] for domain, place in self._places]
        update = progress_bar() if self._progress else None
        for done, (key, name) in enumerate(
            zip(keys, output_names(keys), strict=True)
        ):
            image = self._read(*self._places[done])
            if image is not None:
                ready = self._translator.prepare(image)
                yield _Item(key, name, image.shape[:2], ready)
            if update is not None:
                update(done + 1, len(keys))

    def _read(self, domain, place):
        # Opening the domain looked at both ends of the files only.
        try:
            image = domain.image(place)
        except (OSError, ValueError, tf.errors.OpError) as error:
            self._refuse(domain.keys[place], "broken image", error)
            return None
        if min(image.shape[:2]) < _SMALLEST_SIDE:
            self._refuse(domain.keys[place], "image of too few pixels")
            return None
        return image

    def _refuse(self, key, kind, error=None):
        if self._on_bad_item == "refuse":
            raise UsageError(f"{key} is refused: {kind}.") from error
        self._bad_items.skip(kind, key)

    def _write(self, batch):
        pictures = self._translator(
            np.stack([item.image for item in batch]),
            [item.size for item in batch],
        )
        for kind, drawn in pictures.items():
            folder = self._folder
            if kind:
                folder = folder.with_name(f"{folder.name}_{kind}")
            for item, picture in zip(batch, drawn, strict=True):
                visualization.write_png(folder / f"{item.name}.png", picture)
        return [
            {"file": f"{self._folder.name}/{item.name}.png", "source": item.key}
            for item in batch
        ]
