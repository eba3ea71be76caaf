"""Serving models that make pictures of captions."""

import numpy as np
import tensorflow as tf

from tfragan.export.caption_signatures import map_specs
from tfragan.export.caption_signatures import sentence_to_image
from tfragan.export.caption_signatures import signature_names
from tfragan.export.metadata import describe_vocabulary
from tfragan.export.serving import Serving
from tfragan.export.verification import Parity
from tfragan.export.verification import decoded
from tfragan.export.verification import largest_difference

_LARGEST_SEED = 2**31 - 1


class CaptionServing(Serving):
    """Captions and seeds to pictures; see `sentence_to_image`.

    Args:
        model: a `TextToImageModel`.
        row_by_row: see `Serving`.
        captions: list of captions to compare; by default a few made of the
            vocabulary, the empty one among them.
        seeds: a list of ints, one a caption; by default different ones, the
            largest possible among them.

    Raises:
        ValueError: there are no captions, or seeds and captions differ in
            number.
    """

    def __init__(self, model, row_by_row=True, captions=None, seeds=None):
        super().__init__(model, row_by_row)
        if captions is None:
            captions = some_captions(model.tokenizer)
        if seeds is None:
            seeds = [*range(len(captions) - 1), _LARGEST_SEED]
        if not captions or len(captions) != len(seeds):
            raise ValueError(
                "captions: expected at least one, and one seed each, received "
                f"{len(captions)} captions and {len(seeds)} seeds."
            )
        self.signatures = signature_names(model)
        self.captions = list(captions)
        self.seeds = list(seeds)

    def module(self):
        return sentence_to_image(self.model, self.row_by_row)

    def verify(self, path):
        expected = self.model.generate_outputs(self.captions, self.seeds)
        served = tf.saved_model.load(str(path)).signatures
        request = {
            "caption": tf.constant(self.captions, tf.string),
            "seed": tf.constant(self.seeds, tf.int32),
        }
        answers = {
            name: served[name](**request)
            for name in self.signatures
            if name != "images"
        }
        files = [
            answer["image_bytes"].numpy().tolist()
            for answer in answers.values()
        ]
        alone = self._one_by_one(served["serving_default"], request)
        found = [served["images"](**request)["image"].numpy()]
        found += [decoded(one) for one in (*files, alone)]
        return Parity(
            samples=len(self.captions),
            max_pixel_difference=int(
                max(
                    largest_difference(images, expected["image"])
                    for images in found
                )
            ),
            max_attention_difference=self._map_difference(answers, expected),
            independent_rows=files[-1] == alone,
        )

    def _map_difference(self, answers, expected):
        """The largest difference of a served map to the model's."""
        *_, answer = answers.values()
        maps = expected.get(self.model.map_name, [])
        differences = [
            largest_difference(answer[name].numpy(), one)
            for name, one in zip(map_specs(self.model), maps, strict=True)
        ]
        return float(max(differences, default=0.0))

    def _one_by_one(self, signature, request):
        files = []
        for row in range(len(self.captions)):
            rows = slice(row, row + 1)
            one = {name: value[rows] for name, value in request.items()}
            files.append(signature(**one)["image_bytes"].numpy()[0])
        return files

    def warmup_requests(self, samples):
        request = {
            "caption": np.array(samples, object),
            "seed": np.arange(len(samples), dtype=np.int32),
        }
        return [(signature, request) for signature in self.signatures]

    def metadata(self):
        return {"vocabulary": describe_vocabulary(self.model.tokenizer)}


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
