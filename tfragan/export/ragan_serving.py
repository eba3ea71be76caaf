"""Exporting RAGAN."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfragan.data.framing import FRAMINGS
from tfragan.data.image_augmentation import center_square
from tfragan.data.image_augmentation import decode_image
from tfragan.data.image_augmentation import normalize_image
from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.export.caption_serving import ServedTokenizer
from tfragan.export.caption_serving import portable_text_encoder
from tfragan.export.caption_serving import some_captions
from tfragan.export.file_limits import MAX_PIXELS
from tfragan.export.file_limits import checked_count
from tfragan.export.file_limits import checked_files
from tfragan.export.metadata import describe_vocabulary
from tfragan.export.metadata import unknown_words_become
from tfragan.export.serving import Serving
from tfragan.export.serving import check_rows
from tfragan.export.serving import checked
from tfragan.export.serving import encode_png
from tfragan.export.serving import file_decoder
from tfragan.export.translation_serving import some_images
from tfragan.export.verification import Comparison
from tfragan.export.verification import ask
from tfragan.export.verification import decoded
from tfragan.export.verification import files_one_by_one
from tfragan.export.verification import largest_difference
from tfragan.models.ragan.ragan_guidance import grayscale
from tfragan.models.translation import DIRECTIONS

_REQUEST = {
    "image_bytes": tf.TensorSpec((None,), tf.string, "image_bytes"),
    "caption": tf.TensorSpec((None,), tf.string, "caption"),
    "label_ids": tf.TensorSpec((None, None), tf.int32, "label_ids"),
    "seed": tf.TensorSpec((None,), tf.int32, "seed"),
    "reference_bytes": tf.TensorSpec((None,), tf.string, "reference_bytes"),
}
_GUIDES = {"text": ("caption",), "label": ("label_ids",), "image": ()}


class RAGANServing(Serving):
    """Photos and guidance to pictures; see `guided_translation`.

    Args:
        model: a `RAGAN`.
        images: list of encoded images to compare, bytes; by default a few
            that are made up. Their guidance is made up, too; the reference of
            each is the one before.
        **options: see `Serving`.
    """

    task = "translates images as words, labels or other images say"
    flags = ("warmup_image",)

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
        return guided_translation(
            self.computing_model, self.computation, self.max_pixels
        )

    def verify(self, path):
        served = tf.saved_model.load(str(path)).signatures
        everything = self._request(self.images)
        images = map(decode_image, self.images)
        squares = np.stack([served_square(one, self.model) for one in images])
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
        answer = ask(signature, request)
        files = answer["image_bytes"].tolist()
        alone = files_one_by_one(signature, request)
        comparison.add_rows(files, alone)
        expected = self._translate(request, endpoint, squares)
        for found in (files, alone):
            comparison.add_pixels(decoded(found), expected["image"])
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
            # Of two labels as many as an image may have.
            ids = np.array(pairs, np.int32)[:, : self.model.labels]
            request["label_ids"] = ids
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
            metadata["unknown_words"] = unknown_words_become(tokenizer)
        return metadata


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """What a signature does.

    Attributes:
        direction: `"ab"` or `"ba"`, where images go both ways.
        reference: whether the code is that of a reference image.
        attention: whether attention maps are given.
    """

    direction: str = "ab"
    reference: bool = False
    attention: bool = False


def endpoints(model):
    """Dict of the signatures of a `RAGAN` to their `Endpoint`."""
    names = {
        "serving_default": Endpoint(),
        "with_attention": Endpoint(attention=True),
    }
    references = (False,) if model.encoder is None else (False, True)
    for verb, direction in _verbs(model).items():
        for reference in references:
            guided = f"{verb}_from_reference" if reference else verb
            names[guided] = Endpoint(direction, reference)
            names[f"{guided}_with_attention"] = Endpoint(
                direction, reference, True
            )
    return names


def _verbs(model):
    """What the model does, in a word, and its direction."""
    if model.setting.both_ways:
        return {direction: direction for direction in DIRECTIONS}
    if not model.supervised:
        return {"edit": "ab"}
    return {"colorize" if model.input_channels == 1 else "translate": "ab"}


def request_names(model, endpoint):
    """Names of what an endpoint takes, a list."""
    names = ["image_bytes", *_GUIDES[model.setting.source]]
    if model.encoder is not None:
        names.append("reference_bytes" if endpoint.reference else "seed")
    return names


def served_square(image, model):
    """What a model sees of an image: the largest square in its middle, resized.

    Where images of two domains go both ways it is all of the image, whatever
    that does to its proportions, as such images are trained on. Both are uint8.
    """
    size = model.image_size
    if model.setting.both_ways:
        return resize_image(image, (size, size))
    return center_square(image, size, FRAMINGS["ragan"].resize_method)


def map_specs(model):
    """Dict of `attention_map_<size>` to `tf.TensorSpec`, of one picture."""
    words = None
    if model.setting.source == "text":
        words = model.tokenizer.max_words
    if model.setting.source == "image":
        words = model.encoder.positions(model.image_size)
    return {
        f"attention_map_{size}": tf.TensorSpec((size, size, words), tf.float32)
        for size in model.image_sizes[:-1]
    }


def guided_translation(model, make_computation, max_pixels=MAX_PIXELS):
    """What is saved: weights, table and functions, each once.

    The functions are attributes named like the signatures. With S for the
    size of the model's images, each takes one dict, all of the same batch:

    - `image_bytes`, JPEG or PNG strings `(batch,)` of any size, of which the
      middle is seen at S x S, see `served_square`; of a gray input only the
      brightness counts.
    - `caption`, strings `(batch,)`, or `label_ids`, int32 `(batch,
      attributes)`, as the model is guided.
    - `seed`, int32 `(batch,)`, of a model with an image encoder: of the
      random code of background or style.
    - `reference_bytes`, instead of `seed` where the name says so: files like
      `image_bytes`, whose code it is.

    It gives a dict of `image_bytes`, PNG strings `(batch,)` of S x S pixels.
    The signatures are `edit` of an unsupervised model; of a supervised one
    `colorize` if the input is gray, and `translate` otherwise; and `ab` and
    `ba` where images of two domains go both ways. With an image encoder each
    is there as `<name>_from_reference` too. All of them have a variant
    `<name>_with_attention`, which also gives `attention_map_<size>`, float32
    `(batch, size, size, words)` at S / 4 and S / 2, and of text `words`,
    strings `(batch, words)`, "" where a caption has no more. Maps of labels
    are of each of them; maps of images of each part of the reference, row by
    row. `serving_default` and `with_attention` are the first of each kind.

    `make_computation` gives the `RowComputation` of a list of networks.
    """
    module = tf.Module(name="guided_translation")
    tokenizer = text_encoder = None
    if model.damsm is not None:
        tokenizer = ServedTokenizer(model.tokenizer)
        text_encoder = portable_text_encoder(model.damsm.text_encoder)
        module.tokenizer = tokenizer
    networks = [
        model.generator,
        model.encoder,
        model.label_encoder,
        text_encoder,
    ]
    computation = make_computation(networks)
    module.weights = computation.weights
    translator = _Translator(
        model, tokenizer, text_encoder, computation, max_pixels
    )
    functions = {}
    for name, endpoint in endpoints(model).items():
        if endpoint not in functions:
            functions[endpoint] = translator.function(endpoint)
        setattr(module, name, functions[endpoint])
    return module


class _Translator:
    """The functions of the endpoints."""

    def __init__(self, model, tokenizer, text_encoder, computation, max_pixels):
        self._model = model
        self._max_pixels = max_pixels
        self._tokenizer = tokenizer
        self._text_encoder = text_encoder
        self._computation = computation
        size = model.image_size
        self._map_specs = map_specs(model)
        self._image_spec = tf.TensorSpec((size, size, 3), tf.uint8)
        self._decode = file_decoder(
            lambda image: served_square(image, model), self._image_spec
        )
        self._translations = {}

    def function(self, endpoint):
        """The `tf.function` of an endpoint."""
        names = request_names(self._model, endpoint)
        specs = {name: _REQUEST[name] for name in names}

        @tf.function(input_signature=[specs], autograph=False)
        def answer(request):
            check_rows(request, "image_bytes", "an image")
            request = checked_files(request, self._max_pixels)
            images = self._decode(
                checked_count(
                    request["image_bytes"],
                    self._model.image_size,
                    self._max_pixels,
                )
            )
            given = self._given(request)
            outputs = self._translation(endpoint, given)(images, given)
            files = {"image_bytes": encode_png(outputs.pop("image"))}
            if not endpoint.attention:
                return files
            if self._tokenizer is not None:
                files["words"] = self._tokenizer.words_of(given["token_ids"])
            return {**files, **outputs}

        return answer

    def _given(self, request):
        """The guidance, by the names of the arguments of `sample`."""
        given = {}
        if "caption" in request:
            given["token_ids"] = _known_words(
                self._tokenizer(request["caption"])
            )
        if "label_ids" in request:
            given["label_ids"] = _known_labels(
                request["label_ids"], self._model.labels
            )
        if "seed" in request:
            # Outside of the computation: compiled it would draw others.
            given["codes"] = self._model.draw_codes(request["seed"])
        if "reference_bytes" in request:
            given["references"] = self._decode(request["reference_bytes"])
        return given

    def _translation(self, endpoint, given):
        """The function of uint8 images and guidance to pixels and maps.

        One for endpoints with and without maps, so that the networks are
        traced once.
        """
        key = endpoint.direction, endpoint.reference
        if key in self._translations:
            return self._translations[key]
        rows = tf.TensorSpec((None, *self._image_spec.shape), tf.uint8)
        names = [*given]
        specs = {
            name: tf.TensorSpec((None, *value.shape[1:]), value.dtype)
            for name, value in given.items()
        }

        def outputs(images, *values):
            given = dict(zip(names, values, strict=True))
            return self._sample(images, given, endpoint.direction)

        @tf.function(input_signature=[rows, specs], autograph=False)
        def translate(images, given):
            return self._computation(
                outputs,
                [images, *(given[name] for name in names)],
                {"image": self._image_spec, **self._map_specs},
            )

        self._translations[key] = translate
        return translate

    def _sample(self, images, given, direction):
        images = normalize_image(images)
        if self._model.input_channels == 1:
            images = grayscale(images)
        if "references" in given:
            given["references"] = normalize_image(given["references"])
        outputs = self._model.sample(
            images,
            direction=direction,
            text_encoder=self._text_encoder,
            **given,
        )
        maps = {
            name: tf.cast(one, tf.float32)
            for name, one in zip(
                self._map_specs, outputs["attention_maps"], strict=True
            )
        }
        return {"image": to_uint8(outputs["image"]), **maps}


def _known_words(token_ids):
    known = tf.reduce_all(tf.reduce_any(tf.not_equal(token_ids, 0), 1))
    return checked(
        token_ids, known, "caption must hold a word of the vocabulary"
    )


def _known_labels(label_ids, labels):
    inside = tf.reduce_all((label_ids >= 0) & (label_ids < labels))
    count = tf.shape(label_ids)[1]
    # An image has no label twice. Maps are as many as there are ids.
    few = (count > 0) & (count <= labels)
    message = f"label_ids must be from 0 to {labels - 1}, 1 to {labels} a row"
    return checked(label_ids, inside & few, message)
