"""The graph of an exported text-to-image model and its signatures."""

import tensorflow as tf

from tfragan.data.image_augmentation import resize_image
from tfragan.data.image_augmentation import to_uint8
from tfragan.export.row_computation import encode_png
from tfragan.export.served_tokenizer import ServedTokenizer
from tfragan.models.damsm.text_encoder import TextEncoder

# What a request can hold, each of shape `(batch,)`.
_REQUEST = {
    "caption": tf.TensorSpec((None,), tf.string, "caption"),
    "seed": tf.TensorSpec((None,), tf.int32, "seed"),
    "truncation": tf.TensorSpec((None,), tf.float32, "truncation"),
    "size": tf.TensorSpec((None,), tf.int32, "size"),
}
_ALWAYS = ("caption", "seed")
LARGEST_SIZE = 2048


def endpoints(model):
    """The signatures of a `TextToImageModel`, as `sentence_to_image` says.

    Args:
        model: a `TextToImageModel`.

    Returns:
        Dict of name to what it takes beside captions and seeds, a tuple.
    """
    names: dict[str, tuple[str, ...]] = {"serving_default": ()}
    if model.map_name:
        # with_attention, with_masks
        names[f"with_{model.map_name.removesuffix('_maps')}"] = ()
    if model.image_sizes[:-1]:
        names["with_stages"] = ()
    if model.truncates:
        names["with_truncation"] = ("truncation",)
    return {**names, "with_size": ("size",), "images": ()}


def map_specs(model):
    """The maps of one picture in an answer.

    Args:
        model: a `TextToImageModel`.

    Returns:
        Dict of `<map>_<size>` to `tf.TensorSpec`, in the order of the
        model's.
    """
    return {
        # attention_map_<size>, mask_<size>
        f"{model.map_name.removesuffix('s')}_{shape[0]}": tf.TensorSpec(
            shape, tf.float32
        )
        for shape in model.map_shapes()
    }


def sentence_to_image(model, make_computation):
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

    Args:
        model: a `TextToImageModel`.
        make_computation: function of a list of networks to their
            `RowComputation`.

    Returns:
        A `tf.Module`.
    """
    module = tf.Module(name="text_to_image")
    text_encoder = portable_text_encoder(model.damsm.text_encoder)
    computation = make_computation([text_encoder, model.sampling_weights()])
    module.weights = computation.weights
    module.tokenizer = ServedTokenizer(model.tokenizer)
    answers = _Answers(
        module.tokenizer, _Painter(model, text_encoder, computation)
    )
    for name, optional in endpoints(model).items():
        specs = {key: _REQUEST[key] for key in (*_ALWAYS, *optional)}
        setattr(module, name, answers.function(name, specs))
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
    """From token ids and seeds to pixels and maps, traced once."""

    def __init__(self, model, text_encoder, computation):
        self._model = model
        self._text_encoder = text_encoder
        self._computation = computation
        self._specs = {
            **{f"image_{size}": _pixels(size) for size in model.image_sizes},
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
        named = zip(self._specs, [*map(to_uint8, images), *maps], strict=True)
        return dict(named)


class _Answers:
    """The functions of the signatures."""

    def __init__(self, tokenizer, painter):
        self._tokenizer = tokenizer
        self._painter = painter

    def function(self, name, specs):
        """The `tf.function` of a signature."""
        answer = getattr(self, f"_{name}", self._with_maps)
        return tf.function(answer, input_signature=[specs])

    def _outputs(self, request):
        """Token ids, and what the painter makes of them."""
        rows = tf.shape(request["caption"])[0]
        for name, values in request.items():
            tf.debugging.assert_equal(
                tf.shape(values)[0],
                rows,
                message=f"There must be one {name} a caption.",
            )
        token_ids = self._tokenizer(request["caption"])
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
        files = tf.map_fn(
            lambda pair: tf.io.encode_png(
                resize_image(pair[0], tf.stack([pair[1], pair[1]]))
            ),
            (self._images(request)["image"], sizes),
            fn_output_signature=tf.TensorSpec((), tf.string),
        )
        return {"image_bytes": files}

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


def _pixels(size):
    return tf.TensorSpec((size, size, 3), tf.uint8)


def _within(values, low, high, name):
    """Values that are above one limit and not above the other."""
    inside = tf.reduce_all((values > low) & (values <= high))
    message = f"{name} must be above {low} and at most {high}"
    with tf.control_dependencies([tf.debugging.Assert(inside, [message])]):
        return tf.identity(values)
