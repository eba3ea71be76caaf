"""The graph of an exported AttnGAN and its named signatures."""

import tensorflow as tf

from tfragan.export.row_computation import compute_rows
from tfragan.export.row_computation import encode_png
from tfragan.export.served_tokenizer import ServedTokenizer
from tfragan.models.attngan.attngan_sampling import sample
from tfragan.models.attngan.attngan_sampling import to_pixels
from tfragan.models.damsm.text_encoder import TextEncoder

SIGNATURES = ("serving_default", "with_attention", "images")

_REQUEST = {
    "caption": tf.TensorSpec((None,), tf.string, "caption"),
    "seed": tf.TensorSpec((None,), tf.int32, "seed"),
}


def sentence_to_image(model, row_by_row=True):
    """What is saved: weights, table and three functions, each once.

    The functions are attributes named like the signatures. Each takes one
    dict of `caption`, strings of shape `(batch,)`, and `seed`, int32 of shape
    `(batch,)`, and returns a dict:

    - `serving_default`: `image_bytes`, PNG strings `(batch,)`.
    - `with_attention`: also `words`, strings `(batch, words)`, "" where a
      caption has no more; and for each later stage `attention_map_<size>`,
      float32 `(batch, size, size, words)`.
    - `images`: `image`, uint8 `(batch, height, width, 3)`.

    Args:
        model: an `AttnGAN`; its averaged generator is used.
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
    def with_attention(request):
        token_ids, seeds = _checked(tokenizer, request)
        outputs = painter(token_ids, seeds, attention=True)
        image_bytes = encode_png(outputs.pop("image"))
        words = tokenizer.words_of(token_ids)
        return {"image_bytes": image_bytes, "words": words, **outputs}

    module = tf.Module(name="attngan")
    # The plain variables instead of the Keras models: each once, and nothing
    # of Keras in the object graph.
    module.weights = [
        weight.value
        for network in (text_encoder, model.generator_average)
        for weight in network.weights
    ]
    module.tokenizer = tokenizer
    module.images = images
    module.serving_default = serving_default
    module.with_attention = with_attention
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
    """From token ids and seeds to pixels and attention maps."""

    def __init__(self, model, text_encoder, row_by_row):
        self._text_encoder = text_encoder
        self._generator = model.generator_average
        self._row_by_row = row_by_row
        size = model.image_sizes[-1]
        self._image_spec = tf.TensorSpec((size, size, 3), tf.uint8)
        # A later stage looks at the words at the size it doubles.
        sizes = [model.base_size << stage for stage in range(model.stages - 1)]
        self._map_specs = {
            f"attention_map_{size}": tf.TensorSpec(
                (size, size, model.tokenizer.max_words), tf.float32
            )
            for size in sizes
        }

    def __call__(self, token_ids, seeds, attention=False):
        specs = {"image": self._image_spec}
        if attention:
            specs.update(self._map_specs)
        return compute_rows(
            self._sample, [token_ids, seeds], specs, self._row_by_row
        )

    def _sample(self, token_ids, seeds):
        outputs = sample(self._text_encoder, self._generator, token_ids, seeds)
        maps = zip(self._map_specs, outputs["attention_maps"], strict=True)
        return {"image": to_pixels(outputs["images"][-1]), **dict(maps)}


def _checked(tokenizer, request):
    captions, seeds = request["caption"], request["seed"]
    tf.debugging.assert_equal(
        tf.shape(captions)[0],
        tf.shape(seeds)[0],
        message="There must be one seed a caption.",
    )
    return tokenizer(captions), seeds
