"""Networks with the weights of a fixture, whatever its sizes."""

import dataclasses

import numpy as np
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import assert_gradients
from tests.published import load_all
from tests.published import published_gradients
from tfragan.convert import ugatit_weights
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator

# Our names of the outputs and the published ones.
GENERATOR_OUTPUTS = {
    "image": "image",
    "cam_logit": "cam_logit",
    "heat_map": "heatmap",
}
DISCRIMINATOR_OUTPUTS = {
    "logit": "logit",
    "cam_logit": "cam_logit",
    "heat_map": "heatmap",
}


@dataclasses.dataclass(frozen=True)
class Layout:
    """Between our maps and those of a fixture: `pytorch` or `tensorflow1`."""

    variant: str

    def ours(self, array):
        if array.ndim == 4 and self.variant == "pytorch":
            return nhwc(array)
        # The heat maps of TensorFlow 1 lack the channel.
        return array[..., None] if array.ndim == 3 else array

    def published(self, tensor):
        if tensor.shape.rank == 4 and self.variant == "pytorch":
            return nchw(tensor)
        return tensor


def pytorch_generator(arrays, light, **kwargs):
    """The generator of a fixture and its `WeightEntry` list."""
    parameters = group(arrays, "param")
    blocks = [key for key in parameters if key.endswith("conv_block.1.weight")]
    generator = UGATITGenerator(
        arrays["in/x"].shape[-1],
        light=light,
        width=len(parameters["DownBlock.1.weight"]),
        residual_blocks=len(blocks),
        **kwargs,
    )
    generator.build()
    entries = ugatit_weights.generator_entries(generator)
    load_all(entries, parameters)
    return generator, entries


def tensorflow1_generator(arrays, light, **kwargs):
    """The generator of a fixture and its `WeightEntry` list."""
    parameters = group(arrays, "param")
    scope = next(iter(parameters)).split("/")[0]
    blocks = {k.split("/")[1] for k in parameters if "/resblock_" in k}
    generator = UGATITGenerator(
        arrays["in/x"].shape[1],
        light=light,
        variant="tensorflow1",
        width=len(parameters[f"{scope}/conv/conv2d/bias"]),
        residual_blocks=len(blocks),
        **kwargs,
    )
    generator.build()
    entries = ugatit_weights.tensorflow1_generator_entries(generator, scope)
    load_all(entries, parameters)
    return generator, entries


def pytorch_discriminator(arrays):
    """The discriminator of a fixture and its `WeightEntry` list."""
    parameters = group(arrays, "param")
    trunk = [k for k in parameters if k.startswith("model.") and "bias" in k]
    discriminator = UGATITDiscriminator(
        1 + len(trunk), len(parameters["model.1.bias"])
    )
    discriminator.build()
    entries = ugatit_weights.discriminator_entries(discriminator)
    load_all(entries, parameters)
    return discriminator, entries


def tensorflow1_discriminators(arrays):
    """Dict of `local` and `global`, and the `WeightEntry` list of both."""
    parameters = group(arrays, "param")
    scope = next(iter(parameters)).split("/")[0]
    discriminators, entries = {}, []
    for kind in ("local", "global"):
        names = group(parameters, f"{scope}/{kind}")
        trunk = [k for k in names if k.startswith("conv_") and "/u" in k]
        discriminator = UGATITDiscriminator(
            1 + len(trunk), len(names["conv_0/bias"]), "tensorflow1"
        )
        discriminator.build()
        discriminators[kind] = discriminator
        entries += ugatit_weights.tensorflow1_discriminator_entries(
            discriminator, f"{scope}/{kind}"
        )
    load_all(entries, parameters)
    return discriminators, entries


def assert_outputs(outputs, arrays, layout, names, tolerance, pattern="{}"):
    """Compares each output with the fixture's, `pattern` of its name."""
    for name, published in names.items():
        expected = layout.ours(arrays["out/" + pattern.format(published)])
        # TensorFlow 1 squeezed every axis of one.
        expected = np.reshape(expected, outputs[name].shape)
        assert_close(outputs[name], expected, tolerance, name)


def weighted_outputs(outputs, arrays, layout, names, pattern="{}"):
    """The part of the fixture's scalar that comes from these outputs."""
    return tf.add_n(
        [
            tf.reduce_sum(
                outputs[name]
                * np.reshape(
                    layout.ours(
                        arrays["in/cotangent_" + pattern.format(published)]
                    ),
                    outputs[name].shape,
                )
            )
            for name, published in names.items()
        ]
    )


def assert_layer_is_reproduced(file, make, entries_of, styles=()):
    """Compares a layer of a map, and maybe of `styles`, with a fixture.

    `make` gives the layer of so many channels, `entries_of` the entries of a
    layer and a prefix.
    """
    arrays = load("ugatit", file)
    inputs = [tf.constant(nhwc(arrays["in/x"]))]
    inputs += [tf.constant(arrays[f"in/{name}"]) for name in styles]
    layer = make(inputs[0].shape[-1])
    layer.build(inputs[0].shape)
    entries = entries_of(layer, "")
    load_all(entries, group(arrays, "param"))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        y = layer(*inputs)
        target = tf.reduce_sum(y * nhwc(arrays["in/cotangent"]))
    assert_close(nchw(y), arrays["out/y"], 1e-5)
    assert_close(target, arrays["out/scalar"], 1e-5)
    expected = group(arrays, "grad")
    by_map, *by_styles = tape.gradient(target, inputs)
    assert_close(nchw(by_map), expected.pop("x"), 5e-5)
    for name, gradient in zip(styles, by_styles, strict=True):
        assert_close(gradient, expected.pop(name), 5e-5, name)
    assert_gradients(published_gradients(entries, tape, target), expected, 5e-5)
