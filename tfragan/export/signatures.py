"""The graph of an exported AttnGAN and its named signatures."""

import tensorflow as tf

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
        row_by_row: whether each picture is computed by itself. Kernels share
            out the work by the shape of the whole batch, which changes the
            last bits of a row with the number of rows.

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
        return {"image_bytes": _png(images(request)["image"])}

    @tf.function(input_signature=[_REQUEST])
    def with_attention(request):
        token_ids, seeds = _checked(tokenizer, request)
        outputs = painter(token_ids, seeds, attention=True)
        image_bytes = _png(outputs.pop("image"))
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
        paint = self._rows if self._row_by_row else self._batch
        return paint(token_ids, seeds, specs)

    def _rows(self, token_ids, seeds, specs):
        def row(inputs):
            token_ids, seed = inputs
            outputs = self._sample(token_ids[tf.newaxis], seed[tf.newaxis])
            return {name: outputs[name][0] for name in specs}

        return tf.map_fn(row, (token_ids, seeds), fn_output_signature=specs)

    def _batch(self, token_ids, seeds, specs):
        # The networks cannot do with a batch of 0: it gets a row that is cut
        # off again.
        count = tf.shape(seeds)[0]
        extra = tf.cast(tf.equal(count, 0), tf.int32)
        outputs = self._sample(
            tf.pad(token_ids, [[0, extra], [0, 0]]),
            tf.pad(seeds, [[0, extra]]),
        )
        return {
            name: tf.ensure_shape(outputs[name][:count], (None, *spec.shape))
            for name, spec in specs.items()
        }

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


def _png(images):
    return tf.map_fn(
        tf.io.encode_png,
        images,
        fn_output_signature=tf.TensorSpec((), tf.string),
    )
