"""Serving RAGAN."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import decode_image
from tfragan.export.caption_serving import some_captions
from tfragan.export.metadata import describe_vocabulary
from tfragan.export.ragan_signatures import endpoints
from tfragan.export.ragan_signatures import guided_translation
from tfragan.export.ragan_signatures import map_specs
from tfragan.export.ragan_signatures import request_names
from tfragan.export.ragan_signatures import served_square
from tfragan.export.serving import Serving
from tfragan.export.translation_serving import some_images
from tfragan.export.verification import Comparison
from tfragan.export.verification import decoded
from tfragan.export.verification import largest_difference


class RAGANServing(Serving):
    """Photos and guidance to pictures; see `guided_translation`.

    Args:
        model: a `RAGAN`.
        images: list of encoded images to compare, bytes; by default a few
            that are made up. Their guidance is made up, too; the reference of
            each is the one before.
        **options: see `Serving`.

    Raises:
        ValueError: there are no images.
    """

    def __init__(self, model, images=None, **options):
        super().__init__(model, **options)
        if images is None:
            images = some_images(model.image_size)
        if not images:
            raise ValueError("images: expected at least one, received none.")
        self.images = list(images)
        self._endpoints = endpoints(model)
        self.signatures = tuple(self._endpoints)

    def module(self):
        return guided_translation(self.model, self.computation)

    def verify(self, path):
        served = tf.saved_model.load(str(path)).signatures
        everything = self._request(self.images)
        squares = np.stack(
            [
                served_square(decode_image(file), self.model)
                for file in self.images
            ]
        )
        # Some endpoints have two names, which are one function.
        names = {endpoint: name for name, endpoint in self._endpoints.items()}
        comparison = Comparison()
        for endpoint, name in names.items():
            self._compare(
                served[name], endpoint, everything, squares, comparison
            )
        return comparison.parity(len(self.images))

    def _compare(self, signature, endpoint, everything, squares, comparison):
        request = self._of_endpoint(everything, endpoint)
        answer = _ask(signature, request)
        files = answer["image_bytes"].tolist()
        alone = [
            _ask(signature, _row(request, row))["image_bytes"][0]
            for row in range(len(files))
        ]
        comparison.add_rows(files, alone)
        expected = self._translate(request, endpoint, squares)
        comparison.add_pixels(decoded(files), expected["image"])
        if endpoint.attention:
            maps = expected["attention_maps"]
            for name, one in zip(map_specs(self.model), maps, strict=True):
                comparison.add_maps(largest_difference(answer[name], one))

    def _of_endpoint(self, everything, endpoint):
        """The part of a request that an endpoint takes."""
        names = request_names(self.model, endpoint)
        return {name: everything[name] for name in names}

    def _translate(self, request, endpoint, squares):
        """What the model itself makes of a request."""
        return self.model.translate(
            squares,
            captions=[
                caption.decode() for caption in request.get("caption", ())
            ],
            label_ids=request.get("label_ids"),
            references=np.roll(squares, 1, 0) if endpoint.reference else None,
            seed=request.get("seed", 0),
            direction=endpoint.direction,
        )

    def _request(self, files):
        """All that any signature takes, of as many rows as there are files."""
        count = len(files)
        request = {
            "image_bytes": np.array(files, object),
            "reference_bytes": np.array([files[-1], *files[:-1]], object),
            "seed": np.arange(count, dtype=np.int32),
        }
        if self.model.setting.source == "text":
            # The empty caption guides nowhere and is refused.
            captions = filter(None, some_captions(self.model.tokenizer))
            encoded = [caption.encode() for caption in captions]
            request["caption"] = np.resize(np.array(encoded, object), count)
        if self.model.setting.source == "label":
            last = self.model.labels - 1
            pairs = [[row % (last + 1), last] for row in range(count)]
            request["label_ids"] = np.array(pairs, np.int32)
        return request

    def warmup_requests(self, samples=None):
        everything = self._request(samples or self.images)
        return [
            (signature, self._of_endpoint(everything, endpoint))
            for signature, endpoint in self._endpoints.items()
        ]

    def metadata(self):
        metadata = {"image_size": self.model.image_size}
        if self.model.damsm is not None:
            tokenizer = self.model.tokenizer
            metadata["vocabulary"] = describe_vocabulary(tokenizer)
        return metadata


def _row(request, row):
    return {name: values[row : row + 1] for name, values in request.items()}


def _ask(signature, request):
    inputs = {name: tf.constant(value) for name, value in request.items()}
    answer = signature(**inputs)
    return {name: value.numpy() for name, value in answer.items()}
