"""Where images that are measured come from: a few of them at a time."""

import hashlib
import json

import numpy as np

from tfragan.visualization.pixels import to_pixels


class ImageSource:
    """Images in a fixed order that are read or made when they are needed.

    A subclass gives `_images`. They are determined by `about`, a dict of JSON
    values, whose SHA-256 is the `fingerprint`: the same for the same images in
    every process.
    """

    def __init__(self, count, about):
        self._count = count
        text = json.dumps([type(self).__name__, count, about], sort_keys=True)
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()

    def __len__(self):
        return self._count

    def images(self, start, stop):
        """Images from `start` to before `stop`, uint8 (n, height, width, 3)."""
        return self._images(range(start, min(stop, len(self))))

    def _images(self, places):
        raise NotImplementedError


class DomainImages(ImageSource):
    """Images of an `ImageDomain`, `count` at most, evenly spread over it."""

    def __init__(self, domain, image_size, count=None):
        total = len(domain)
        count = total if count is None else min(total, count)
        self._places = [place * total // count for place in range(count)]
        self._domain = domain
        self._size = image_size
        files = files_sha256([domain.items[place] for place in self._places])
        super().__init__(count, {"files": files, "size": image_size})

    def _images(self, places):
        indices = [self._places[place] for place in places]
        return self._domain.images(indices, self._size)


class CaptionedImageSource(ImageSource):
    """The images of `CaptionedImages`, as they are for testing."""

    def __init__(self, dataset, tokenizer, image_size, crop):
        self._dataset = dataset
        self._options = {
            "tokenizer": tokenizer,
            "image_sizes": (image_size,),
            "training": False,
            "crop": crop,
        }
        about = {
            "files": files_sha256(dataset.items),
            "boxes": repr([item.box for item in dataset.items]),
            "size": image_size,
            "crop": crop,
        }
        super().__init__(len(dataset), about)

    def _images(self, places):
        some = self._dataset.select(places)
        batches = some.batches(min(32, len(some)), **self._options)
        return np.concatenate(
            [to_pixels(batch["images"][-1]) for batch in batches]
        )


class GeneratedImages(ImageSource):
    """Pictures that a model makes of captions, by its `sample`."""

    def __init__(
        self, model, weights_sha256, captions, seeds, batch_size=16, **options
    ):
        self._model = model
        self._captions = list(captions)
        self._seeds = [int(seed) for seed in seeds]
        if len(self._captions) != len(self._seeds):
            raise ValueError(
                "seeds: expected one a caption, received "
                f"{len(self._seeds)} for {len(self._captions)} captions."
            )
        self._batch_size = batch_size
        self._options = options
        about = {
            "weights": weights_sha256,
            "captions": self._captions,
            "seeds": self._seeds,
            # Kernels round by the size of a batch.
            "batch_size": batch_size,
            "options": options,
        }
        super().__init__(len(self._captions), about)

    def _images(self, places):
        return self._model.generate_outputs(
            [self._captions[place] for place in places],
            [self._seeds[place] for place in places],
            self._batch_size,
            **self._options,
        )["image"]


class TranslatedImages(ImageSource):
    """What a function of uint8 images makes of the images of another source.

    They depend on the weights, by their hash or another name, and on `about`.
    """

    def __init__(self, source, translate, weights_sha256, **about):
        self._source = source
        self._translate = translate
        about = {**about, "of": source.fingerprint, "weights": weights_sha256}
        super().__init__(len(source), about)

    def _images(self, places):
        return self._translate(self._source.images(places.start, places.stop))


def files_sha256(items):
    """SHA-256 of the bytes of all, which tells `EncodedImage` lists apart."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(hashlib.sha256(item.read()).digest())
    return digest.hexdigest()
