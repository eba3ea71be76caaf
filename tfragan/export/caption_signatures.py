"""The graph of an exported text-to-image model and its signatures."""

import tensorflow as tf

from tfragan.data.image_augmentation import to_uint8
from tfragan.export.row_computation import compute_rows
from tfragan.export.row_computation import encode_png
from tfragan.export.served_tokenizer import ServedTokenizer
from tfragan.models.damsm.text_encoder import TextEncoder

# What the maps of a model are called: the signature that gives them, and each
# of them in its answer.
_MAPS = {
    "attention_maps": ("with_attention", "attention_map"),
    "masks": ("with_masks", "mask"),
}

_REQUEST = {
    "caption": tf.TensorSpec((None,), tf.string, "caption"),
    "seed": tf.TensorSpec((None,), tf.int32, "seed"),
}


def signature_names(model):
    """Names of the signatures of a `TextToImageModel`, a tuple."""
    maps = [_MAPS[model.map_name][0]] if model.map_name else []
    return ("serving_default", *maps, "images")


def map_specs(model):
    """The maps of one picture in an answer.

    Args:
        model: a `TextToImageModel`.

    Returns:
        Dict of `<map>_<size>` to `tf.TensorSpec`, in the order of the
        model's.
    """
    return {
        f"{_MAPS[model.map_name][1]}_{shape[0]}": tf.TensorSpec(
            shape, tf.float32
        )
        for shape in model.map_shapes()
    }


def sentence_to_image(model, row_by_row=True):
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
    - `images`: `image`, uint8 `(batch, height, width, 3)`.

    Args:
        model: a `TextToImageModel`.
        row_by_row: whether each picture is computed by itself, see
            `compute_rows`.

    Returns:
        A `tf.Module`.
    """
    tokenizer = ServedTokenizer(model.tokenizer)
    text_encoder = portable_text_encoder(model.damsm.text_encoder)
    painter = _Painter(model, text_encoder, row_by_row)

    @tf.function(input_signature=[_REQUEST])
    def images(request):
        token_ids, seeds = _checked(tokenizer, request)
        return {"image": painter(token_ids, seeds)["image"]}

    @tf.function(input_signature=[_REQUEST])
    def serving_default(request):
        return {"image_bytes": encode_png(images(request)["image"])}

    @tf.function(input_signature=[_REQUEST])
    def with_maps(request):
        token_ids, seeds = _checked(tokenizer, request)
        outputs = painter(token_ids, seeds, maps=True)
        image_bytes = encode_png(outputs.pop("image"))
        words = tokenizer.words_of(token_ids)
        return {"image_bytes": image_bytes, "words": words, **outputs}

    module = tf.Module(name="text_to_image")
    # The plain variables instead of the Keras models: each once, and nothing
    # of Keras in the object graph.
    module.weights = [
        weight.value
        for network in (text_encoder, model.sampling_weights())
        for weight in network.weights
    ]
    module.tokenizer = tokenizer
    functions = {
        "images": images,
        "serving_default": serving_default,
    }
    for name in signature_names(model):
        setattr(module, name, functions.get(name, with_maps))
    return module


def portable_text_encoder(text_encoder):
    """A copy of a text encoder whose graph needs no GPU.

    Args:
        text_encoder: a `TextEncoder`; on a GPU its own graph would contain
            cuDNN's recurrent net.

    Returns:
        A `TextEncoder` with the same weights.
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
    """From token ids and seeds to pixels and maps."""

    def __init__(self, model, text_encoder, row_by_row):
        self._model = model
        self._text_encoder = text_encoder
        self._row_by_row = row_by_row
        size = model.image_sizes[-1]
        self._image_spec = tf.TensorSpec((size, size, 3), tf.uint8)
        self._map_specs = map_specs(model)

    def __call__(self, token_ids, seeds, maps=False):
        specs = {"image": self._image_spec}
        if maps:
            specs.update(self._map_specs)
        return compute_rows(
            self._sample, [token_ids, seeds], specs, self._row_by_row
        )

    def _sample(self, token_ids, seeds):
        outputs = self._model.sample(token_ids, seeds, self._text_encoder)
        maps = outputs.get(self._model.map_name, [])
        named = zip(self._map_specs, maps, strict=True)
        return {"image": to_uint8(outputs["image"]), **dict(named)}


def _checked(tokenizer, request):
    captions, seeds = request["caption"], request["seed"]
    tf.debugging.assert_equal(
        tf.shape(captions)[0],
        tf.shape(seeds)[0],
        message="There must be one seed a caption.",
    )
    return tokenizer(captions), seeds
