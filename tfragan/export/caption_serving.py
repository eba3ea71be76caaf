"""Exporting models that make pictures of captions."""

import numpy as np
import tensorflow as tf

from tfragan.data.image_augmentation import to_uint8
from tfragan.export.file_limits import MAX_PIXELS
from tfragan.export.file_limits import checked_count
from tfragan.export.file_limits import refuse
from tfragan.export.metadata import describe_vocabulary
from tfragan.export.metadata import unknown_words_become
from tfragan.export.serving import Serving
from tfragan.export.serving import check_rows
from tfragan.export.serving import checked
from tfragan.export.serving import encode_png
from tfragan.export.serving import encode_resized_png
from tfragan.export.verification import Comparison
from tfragan.export.verification import ask
from tfragan.export.verification import decoded
from tfragan.export.verification import files_one_by_one
from tfragan.export.verification import largest_difference
from tfragan.models.damsm.text_encoder import TextEncoder
from tfragan.text import CaptionTokenizer
from tfragan.text.wordpiece import UNKNOWN_ID
from tfragan.text.wordpiece import wordpiece_tokenizer

# What a request can hold, each of shape `(batch,)`.
_REQUEST = {
    "caption": tf.TensorSpec((None,), tf.string, "caption"),
    "seed": tf.TensorSpec((None,), tf.int32, "seed"),
    "truncation": tf.TensorSpec((None,), tf.float32, "truncation"),
    "size": tf.TensorSpec((None,), tf.int32, "size"),
}
_ALWAYS = ("caption", "seed")
LARGEST_SIZE = 2048
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
    """

    task = "makes pictures of sentences"
    flags = ("caption",)

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
        return sentence_to_image(
            self.computing_model, self.computation, self.max_pixels
        )

    def verify(self, path):
        served = tf.saved_model.load(str(path)).signatures
        request = self._request(self.captions, self.seeds)
        comparison = Comparison()
        expected = self.model.generate_outputs(self.captions, self.seeds)
        answers = {
            name: ask(served[name], _of_signature(request, optional))
            for name, optional in self._endpoints.items()
        }
        comparison.add_pixels(answers["images"]["image"], expected["image"])
        default = answers["serving_default"]["image_bytes"].tolist()
        alone = files_one_by_one(
            served["serving_default"], _of_signature(request, ())
        )
        comparison.add_rows(default, alone)
        comparison.add_pixels(decoded(alone), expected["image"])
        for name, answer in answers.items():
            if name not in ("images", "with_size", "with_truncation"):
                self._compare(answer, expected, comparison)
        comparison.add_resized(
            answers["with_size"]["image_bytes"],
            answers["images"]["image"],
            [(size, size) for size in request["size"]],
        )
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
        tokenizer = self.model.tokenizer
        return {
            "vocabulary": describe_vocabulary(tokenizer),
            "unknown_words": unknown_words_become(tokenizer),
        }


def _of_signature(request, optional):
    names = ("caption", "seed", *optional)
    return {name: request[name] for name in names}


def some_captions(tokenizer):
    """Three captions of a vocabulary: short, as long as possible, and empty."""
    vocabulary = tokenizer.vocabulary
    words = vocabulary.tokens[len(vocabulary.special_tokens) :]
    return [
        " ".join(words[:4]),
        " ".join(words[-tokenizer.max_words :]),
        "",
    ]


def endpoints(model):
    """Dict of each signature to what it takes beside captions and seeds."""
    names: dict[str, tuple[str, ...]] = {"serving_default": ()}
    if model.map_name:
        # "with_attention" of "attention_maps", "with_masks" of "masks".
        names[f"with_{model.map_name.removesuffix('_maps')}"] = ()
    if model.image_sizes[:-1]:
        names["with_stages"] = ()
    if model.truncates:
        names["with_truncation"] = ("truncation",)
    return {**names, "with_size": ("size",), "images": ()}


def map_specs(model):
    """Dict of `<map>_<size>` to the `tf.TensorSpec` of one picture's map."""
    return {
        f"{model.map_name.removesuffix('s')}_{shape[0]}": tf.TensorSpec(
            shape, tf.float32
        )
        for shape in model.map_shapes()
    }


def sentence_to_image(model, make_computation, max_pixels=MAX_PIXELS):
    """What is saved: weights, table and functions, each once.

    The functions are attributes named like the signatures. Each takes one
    dict of `caption`, strings of shape `(batch,)`, and `seed`, int32 of shape
    `(batch,)`, and returns a dict:

    - `serving_default`: `image_bytes`, PNG strings `(batch,)`.
    - `with_attention`, of models that look at words: also `words`, strings
      `(batch, words)`, "" where a caption has no more; and for each later
      stage `attention_map_<size>`, float32 `(batch, size, size, words)`.
    - `with_masks`, of models that predict where the sentence applies: also
      `words`, and for each block `mask_<size>`, float32
      `(batch, size, size, 1)` in [0, 1].
    - `with_stages`, of models with several stages: also the images of the
      earlier ones, `image_<size>_bytes`.
    - `with_truncation`, of models whose noise can be truncated: as
      `serving_default`, and takes `truncation` above 0 and up to 1, float32.
    - `with_size`: as `serving_default`, in the size that is asked for, and
      takes `size` from 1 to 2048, int32.
    - `images`: `image`, uint8 `(batch, height, width, 3)`.

    `make_computation` gives the `RowComputation` of a list of networks.
    """
    module = tf.Module(name="text_to_image")
    text_encoder = portable_text_encoder(model.damsm.text_encoder)
    computation = make_computation([text_encoder, model.sampling_weights()])
    module.weights = computation.weights
    module.tokenizer = ServedTokenizer(model.tokenizer)
    answers = _Answers(
        module.tokenizer,
        _Painter(model, text_encoder, computation),
        max_pixels,
    )
    for name, optional in endpoints(model).items():
        specs = {key: _REQUEST[key] for key in (*_ALWAYS, *optional)}
        setattr(module, name, answers.function(name, specs))
    return module


def portable_text_encoder(text_encoder):
    """A copy of a `TextEncoder` whose graph needs no GPU.

    On a GPU its own graph would contain cuDNN's recurrent net.
    """
    config = {**text_encoder.get_config(), "use_cudnn": False}
    portable = TextEncoder.from_config(config)
    portable.build()
    for target, source in zip(
        portable.weights, text_encoder.weights, strict=True
    ):
        target.assign(source)
    return portable


class _Painter:
    """From token ids and seeds to pixels and maps, traced once."""

    def __init__(self, model, text_encoder, computation):
        self._model = model
        self._text_encoder = text_encoder
        self._computation = computation
        self._specs = {
            **{
                f"image_{size}": tf.TensorSpec((size, size, 3), tf.uint8)
                for size in model.image_sizes
            },
            **map_specs(model),
        }
        self.size = model.image_sizes[-1]
        self.early_images = [f"image_{size}" for size in model.image_sizes[:-1]]
        self.maps = [*map_specs(model)]
        rows = [
            tf.TensorSpec((None, model.tokenizer.max_words), tf.int32),
            tf.TensorSpec((None,), tf.int32),
        ]
        self.paint = tf.function(self._paint, input_signature=rows)
        self.paint_truncated = tf.function(
            self._paint,
            input_signature=[*rows, tf.TensorSpec((None,), tf.float32)],
        )

    def _paint(self, token_ids, seeds, truncation=None):
        options = {} if truncation is None else {"truncation": truncation}
        # Outside of the computation: compiled it would draw other numbers.
        noise = self._model.draw_noise(seeds, **options)
        rows = [token_ids, *noise]
        outputs = self._computation(self._sample, rows, self._specs)
        outputs["image"] = outputs.pop(f"image_{self.size}")
        return outputs

    def _sample(self, token_ids, *noise):
        outputs = self._model.sample(token_ids, None, self._text_encoder, noise)
        images = [*outputs.get("early_images", []), outputs["image"]]
        maps = outputs.get(self._model.map_name, [])
        maps = [tf.cast(one, tf.float32) for one in maps]
        named = zip(self._specs, [*map(to_uint8, images), *maps], strict=True)
        return dict(named)


class _Answers:
    """The functions of the signatures."""

    def __init__(self, tokenizer, painter, max_pixels):
        self._tokenizer = tokenizer
        self._painter = painter
        self._max_pixels = max_pixels

    def function(self, name, specs):
        """The `tf.function` of a signature."""
        answer = getattr(self, f"_{name}", self._with_maps)
        return tf.function(answer, input_signature=[specs])

    def _outputs(self, request):
        """Token ids, and what the painter makes of them."""
        check_rows(request, "caption", "a caption")
        captions = checked_count(
            request["caption"], self._painter.size, self._max_pixels
        )
        token_ids = self._tokenizer(captions)
        paint, arguments = self._painter.paint, [token_ids, request["seed"]]
        if "truncation" in request:
            paint = self._painter.paint_truncated
            arguments.append(
                _within(request["truncation"], 0.0, 1.0, "truncation")
            )
        return token_ids, paint(*arguments)

    def _images(self, request):
        return {"image": self._outputs(request)[1]["image"]}

    def _serving_default(self, request):
        return {"image_bytes": encode_png(self._images(request)["image"])}

    _with_truncation = _serving_default

    def _with_size(self, request):
        sizes = _within(request["size"], 0, LARGEST_SIZE, "size")
        pixels = tf.reduce_sum(tf.cast(sizes, tf.int64) ** 2)
        large = refuse(
            pixels > self._max_pixels,
            f"size: expected at most {self._max_pixels} pixels in a request "
            "(max_pixels of the export), received {}",
            lambda: [pixels],
        )
        with tf.control_dependencies([large]):
            request = {**request, "caption": tf.identity(request["caption"])}
        images = self._images(request)["image"]
        sides = tf.stack([sizes, sizes], axis=1)
        return {"image_bytes": encode_resized_png(images, sides)}

    def _with_stages(self, request):
        _, outputs = self._outputs(request)
        files = {
            f"{name}_bytes": encode_png(outputs[name])
            for name in self._painter.early_images
        }
        return {"image_bytes": encode_png(outputs["image"]), **files}

    def _with_maps(self, request):
        token_ids, outputs = self._outputs(request)
        return {
            "image_bytes": encode_png(outputs["image"]),
            "words": self._tokenizer.words_of(token_ids),
            **{name: outputs[name] for name in self._painter.maps},
        }


def _within(values, low, high, name):
    """Values that are above one limit and not above the other."""
    inside = tf.reduce_all((values > low) & (values <= high))
    message = f"{name} must be above {low} and at most {high}"
    return checked(values, inside, message)


class ServedTokenizer(CaptionTokenizer):
    """A `CaptionTokenizer` whose table outlives a single run of a session.

    Servers run a SavedModel in sessions. There an anonymous table is made
    anew in every run, after the one run that fills it: each request would
    find it empty. This table has a name, a random one, which neither tells a
    path of this machine nor is shared with another export.
    """

    def __init__(self, tokenizer):
        super().__init__(tokenizer.vocabulary, tokenizer.max_words)
        tokens = self.vocabulary.tokens
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                tf.constant(tokens, tf.string),
                tf.range(len(tokens), dtype=tf.int64),
            ),
            default_value=UNKNOWN_ID if self.kind == "wordpiece" else 0,
        )
        if self._wordpieces is not None:
            self._wordpieces = wordpiece_tokenizer(self._table, tokens)

    def words_of(self, token_ids):
        """The tokens behind ids, "" for padding, in the same shape."""
        tokens = tf.constant(("", *self.vocabulary.tokens[1:]), tf.string)
        return tf.gather(tokens, token_ids)
