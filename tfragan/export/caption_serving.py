"""Serving models that make pictures of captions."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import resize_image
from tfragan.export.caption_signatures import endpoints
from tfragan.export.caption_signatures import map_specs
from tfragan.export.caption_signatures import sentence_to_image
from tfragan.export.metadata import describe_vocabulary
from tfragan.export.serving import Serving
from tfragan.export.verification import Comparison
from tfragan.export.verification import decoded
from tfragan.export.verification import largest_difference

_LARGEST_SEED = 2**31 - 1
_TRUNCATION = 0.5


class CaptionServing(Serving):
    """Captions and seeds to pictures; see `sentence_to_image`.

    Args:
        model: a `TextToImageModel`.
        captions: list of captions to compare; by default a few made of the
            vocabulary, the empty one among them.
        seeds: a list of ints, one a caption; by default different ones, the
            largest possible among them.
        **options: see `Serving`.

    Raises:
        ValueError: there are no captions, or seeds and captions differ in
            number.
    """

    def __init__(self, model, captions=None, seeds=None, **options):
        super().__init__(model, **options)
        if captions is None:
            captions = some_captions(model.tokenizer)
        if seeds is None:
            seeds = [*range(len(captions) - 1), _LARGEST_SEED]
        if not captions or len(captions) != len(seeds):
            raise ValueError(
                "captions: expected at least one, and one seed each, received "
                f"{len(captions)} captions and {len(seeds)} seeds."
            )
        self._endpoints = endpoints(model)
        self.signatures = tuple(self._endpoints)
        self.captions = list(captions)
        self.seeds = list(seeds)

    def module(self):
        return sentence_to_image(self.model, self.computation)

    def verify(self, path):
        served = tf.saved_model.load(str(path)).signatures
        request = self._request(self.captions, self.seeds)
        comparison = Comparison()
        expected = self.model.generate_outputs(self.captions, self.seeds)
        answers = {
            name: _ask(served[name], request, optional)
            for name, optional in self._endpoints.items()
        }
        comparison.add_pixels(answers["images"]["image"], expected["image"])
        default = answers["serving_default"]["image_bytes"].tolist()
        comparison.add_rows(
            default, self._one_by_one(served["serving_default"], request)
        )
        for name, answer in answers.items():
            if name not in ("images", "with_size", "with_truncation"):
                self._compare(answer, expected, comparison)
        self._compare_sizes(answers, request["size"], comparison)
        if self.model.truncates:
            truncated = self.model.generate_outputs(
                self.captions, self.seeds, truncation=_TRUNCATION
            )
            self._compare(answers["with_truncation"], truncated, comparison)
        return comparison.parity(len(self.captions))

    def _compare(self, answer, expected, comparison):
        """Compares an answer with what the model gives."""
        pictures = {"image_bytes": expected["image"]}
        for images in expected.get("early_images", []):
            pictures[f"image_{images.shape[1]}_bytes"] = images
        for name, images in pictures.items():
            if name in answer:
                comparison.add_pixels(decoded(answer[name]), images)
        maps = expected.get(self.model.map_name, [])
        for name, one in zip(map_specs(self.model), maps, strict=True):
            if name in answer:
                comparison.add_maps(largest_difference(answer[name], one))

    def _compare_sizes(self, answers, sizes, comparison):
        """Compares pictures of other sizes with the served ones, resized."""
        # In a graph, as what it is compared with: the factors of a resize
        # differ in their last bits from those outside of it.
        resize = tf.function(resize_image)
        for file, image, size in zip(
            answers["with_size"]["image_bytes"],
            answers["images"]["image"],
            sizes,
            strict=True,
        ):
            resized = resize(image, tf.constant([size, size]))
            comparison.add_pixels(decoded([file])[0], resized.numpy())

    def _one_by_one(self, signature, request):
        files = []
        for row in range(len(self.captions)):
            one = {
                name: value[row : row + 1] for name, value in request.items()
            }
            files.append(_ask(signature, one)["image_bytes"][0])
        return files

    def _request(self, captions, seeds):
        """All that any signature takes."""
        count = len(captions)
        # Smaller and larger than the model's pictures.
        sizes = self.model.image_sizes[-1] + np.arange(count) % 3 - 1
        return {
            "caption": np.array(captions, object),
            "seed": np.array(seeds, np.int32),
            "truncation": np.full(count, _TRUNCATION, np.float32),
            "size": sizes.astype(np.int32),
        }

    def warmup_requests(self, samples=None):
        samples = samples or self.captions
        everything = self._request(samples, range(len(samples)))
        return [
            (name, _of_signature(everything, optional))
            for name, optional in self._endpoints.items()
        ]

    def metadata(self):
        return {"vocabulary": describe_vocabulary(self.model.tokenizer)}


def _of_signature(request, optional):
    names = ("caption", "seed", *optional)
    return {name: request[name] for name in names}


def _ask(signature, request, optional=()):
    inputs = {
        name: tf.constant(value)
        for name, value in _of_signature(request, optional).items()
    }
    answer = signature(**inputs)
    return {name: value.numpy() for name, value in answer.items()}


def some_captions(tokenizer):
    """Captions of a vocabulary: short, as long as possible, and empty.

    Args:
        tokenizer: a `CaptionTokenizer`.

    Returns:
        List of three strings.
    """
    vocabulary = tokenizer.vocabulary
    words = vocabulary.tokens[len(vocabulary.special_tokens) :]
    return [
        " ".join(words[:4]),
        " ".join(words[-tokenizer.max_words :]),
        "",
    ]
