"""The arithmetic of the published computation."""

import contextlib
from unittest import mock

from benchmarks.flops import function_flops

_EDGES = {"zeros": "CONSTANT", "reflection": "REFLECT"}
_SIDES = [[0, 0], [1, 1], [1, 1], [0, 0]]


def count(function, *arguments, published=None, loop_steps=1):
    """Operations of a function, as done and as the published code does them.

    The second count takes the layers in their published form, see
    `published_layers`.

    Args:
        function: Python function of tensors.
        *arguments: its arguments, tensors or `tf.TensorSpec`.
        published: function that does what the published code does, where
            that is more than other layers; by default `function` itself.
        loop_steps: see `graph_flops`.

    Returns:
        Tuple of two ints: operations done, operations of the published form.
    """
    done = _count(function, arguments, loop_steps)
    with published_layers():
        return done, _count(published or function, arguments, loop_steps)


def _count(function, arguments, loop_steps):
    import tensorflow as tf

    # A function of its own: a traced one would be reused.
    traced = tf.function(lambda *values: function(*values), autograph=False)
    return function_flops(traced, *arguments, loop_steps=loop_steps)


@contextlib.contextmanager
def published_layers():
    """Context in which layers compute what they do the published way.

    - `UpsampleConvolution` doubles the feature map and convolves the larger
      one, with 2.25 times the arithmetic.
    - `ClassActivationMap` weights the feature map twice and convolves the
      map of twice the channels, with up to twice the arithmetic.
    - `ReflectionConvolution` convolves pixel by pixel, with less arithmetic
      than in blocks.
    - `DownBlock` convolves before it pools in its shortcut, with four times
      the arithmetic there.
    - Nothing is computed a second time to save memory.

    The numbers are the same but for rounding.
    """
    from tfragan.layers import ClassActivationMap
    from tfragan.layers import ReflectionConvolution
    from tfragan.layers import UpsampleConvolution
    from tfragan.models.text_to_image.one_way_discriminator import DownBlock
    from tfragan.models.ugatit import ugatit_generator

    with (
        mock.patch.object(UpsampleConvolution, "call", _double_and_convolve),
        mock.patch.object(ClassActivationMap, "_fuse", _weight_and_convolve),
        mock.patch.object(
            ReflectionConvolution, "convolution_op", _reflect_and_convolve
        ),
        mock.patch.object(DownBlock, "shrink", _convolve_and_pool),
        mock.patch.object(ugatit_generator, "recomputed", _computed_once),
    ):
        yield


def _double_and_convolve(layer, inputs):
    import tensorflow as tf

    doubled = tf.repeat(tf.repeat(inputs, 2, axis=1), 2, axis=2)
    batch, height, width, channels = inputs.shape
    doubled = tf.ensure_shape(
        doubled,
        (batch, height and 2 * height, width and 2 * width, channels),
    )
    padded = tf.pad(doubled, _SIDES, _EDGES[layer.edge])
    outputs = tf.nn.conv2d(padded, layer.kernel, 1, "VALID")
    if layer.bias is None:
        return outputs
    return tf.nn.bias_add(outputs, layer.bias)


def _weight_and_convolve(layer, inputs, vectors):
    import tensorflow as tf

    x = tf.cast(inputs, layer.variable_dtype)
    # (parts, channels) -> (batch, 1, 1, channels)
    weighted = [
        x * tf.repeat(vector, x.shape[0] // vector.shape[0], 0)[:, None, None]
        for vector in vectors
    ]
    features = layer.fusion(tf.concat(weighted, -1))
    return tf.nn.leaky_relu(features, layer.negative_slope)


def _reflect_and_convolve(layer, inputs, kernel):
    import tensorflow as tf

    from tfragan.layers.reflection_padding import reflect

    images = reflect(inputs, layer.reflection)
    return tf.nn.conv2d(images, kernel, layer.strides, "VALID")


def _convolve_and_pool(layer, inputs):
    import tensorflow as tf

    if layer.shortcut is not None:
        inputs = layer.shortcut(inputs)
    return tf.nn.avg_pool2d(inputs, 2, 2, "VALID")


def _computed_once(part, *inputs):
    return part(*inputs)


def ugatit_step(model, batch):
    """What the published PyTorch code computes in a step of U-GAT-IT.

    The translations are computed twice, for the discriminators' update and
    for the generators'. Each update computes the gradients of all that it
    went through and throws half of them away: the generators' in that of the
    discriminators, and the discriminators' in that of the generators.
    `ImageTranslationModel` does neither and gets the same numbers.

    Args:
        model: a `UGATIT`.
        batch: dict of `images_a` and `images_b`.

    Returns:
        List of gradients; nothing is moved.

    Reference:
        - [Kim et al., 2019](https://arxiv.org/abs/1907.10830), published
          PyTorch code
    """
    import tensorflow as tf

    from tfragan.distribution import current_replica

    replica = current_replica()
    real = {domain: batch[f"images_{domain}"] for domain in "ab"}
    variables = [
        *model.variables_of("discriminator"),
        *model.variables_of("generator"),
    ]
    with tf.GradientTape() as tape:
        passes = model.translate_both_ways(
            batch, training=True, fakes_only=True
        )
        loss = tf.add_n(
            [
                model.domain_discriminator_losses(
                    domain,
                    real[domain],
                    passes[domain]["fake"],
                    replica,
                    training=True,
                )["discriminator"]
                for domain in "ab"
            ]
        )
    gradients = tape.gradient(loss, variables)
    with tf.GradientTape() as tape:
        passes = model.translate_both_ways(batch, training=True)
        terms = [
            (
                model.consistency_losses(
                    domain, real[domain], passes[domain], replica
                ),
                model.domain_generator_losses(
                    domain, passes[domain]["fake"], replica, training=True
                ),
            )
            for domain in "ab"
        ]
        loss = tf.add_n(
            [one["consistency"] + other["adversarial"] for one, other in terms]
        )
    gradients += tape.gradient(loss, variables)
    return [gradient for gradient in gradients if gradient is not None]
