"""Comparing a written SavedModel with the model it was made from."""

import dataclasses

import numpy as np
import tensorflow as tf

_LARGEST_SEED = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class Parity:
    """How near an export is to its model.

    Attributes:
        captions: how many captions were compared.
        max_pixel_difference: largest difference of a pixel's value, of 255.
        max_attention_difference: largest difference in an attention map.
        independent_rows: whether a caption gave the same bytes alone and
            among the others.
    """

    captions: int
    max_pixel_difference: int
    max_attention_difference: float
    independent_rows: bool


def verify(path, model, captions=None, seeds=None):
    """Loads a SavedModel and compares all its signatures with `generate`.

    Args:
        path: folder of one version.
        model: the `AttnGAN` it was made from.
        captions: list of strings; a few made of the vocabulary by default,
            the empty one among them.
        seeds: a list of ints, one a caption; by default different ones, the
            largest possible among them.

    Returns:
        A `Parity`.

    Raises:
        ValueError: there are no captions, or seeds and captions differ in
            number.
    """
    if captions is None:
        captions = some_captions(model.tokenizer)
    if seeds is None:
        seeds = [*range(len(captions) - 1), _LARGEST_SEED]
    if not captions or len(captions) != len(seeds):
        raise ValueError(
            "captions: expected at least one, and one seed each, received "
            f"{len(captions)} captions and {len(seeds)} seeds."
        )
    expected, expected_maps = model.generate(
        captions, seeds, return_attention_maps=True, batch_size=1
    )
    served = tf.saved_model.load(str(path)).signatures
    request = {
        "caption": tf.constant(captions, tf.string),
        "seed": tf.constant(seeds, tf.int32),
    }
    answer = served["with_attention"](**request)
    together = answer["image_bytes"].numpy().tolist()
    alone = [
        served["serving_default"](caption=caption, seed=seed)[
            "image_bytes"
        ].numpy()[0]
        for caption, seed in zip(
            tf.split(request["caption"], len(captions)),
            tf.split(request["seed"], len(captions)),
            strict=True,
        )
    ]
    found = [served["images"](**request)["image"].numpy()]
    found += [_decoded(together), _decoded(alone)]
    return Parity(
        captions=len(captions),
        max_pixel_difference=int(
            max(_difference(images, expected) for images in found)
        ),
        max_attention_difference=float(
            max(
                (
                    _difference(answer[_map_name(stage)].numpy(), stage)
                    for stage in expected_maps
                ),
                default=0.0,
            )
        ),
        independent_rows=together == alone,
    )


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


def _map_name(attention_map):
    return f"attention_map_{attention_map.shape[1]}"


def _decoded(files):
    return np.stack([tf.io.decode_png(file).numpy() for file in files])


def _difference(found, expected):
    if found.shape != expected.shape:
        return np.inf
    return np.abs(found.astype(np.float64) - expected).max(initial=0.0)
