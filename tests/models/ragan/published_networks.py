"""RAGAN's networks beside the published ones, in the published layout."""

import numpy as np
import tensorflow as tf

from tests.golden import group
from tests.published import published_gradients
from tests.published import published_values
from tests.published import scalar
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.ragan import RAGANDiscriminator
from tfragan.models.ragan import RAGANGenerator
from tfragan.models.ragan import ReferenceEncoder

# What an instance normalization keeps book of and never reads.
_UNREAD = ("running_mean", "running_var")

# Relative L2 distance of a gradient, and absolute and relative of outputs, as
# the reference recommends.
GRADIENT_TOLERANCE = 1e-3
LAYERS = {"atol": 1e-5, "rtol": 1e-5}
NETWORKS = {"atol": 5e-5, "rtol": 1e-4}
SUMS = {"rtol": 1e-4, "atol": 1e-3}


def load_published(entries, parameters):
    """Loads a network; only what is never read may be left over."""
    report = load_state_dict(entries, parameters, "fixture")
    left = [key for key in report.unused if not key.endswith(_UNREAD)]
    assert not left, left


def last(images):
    """(batch, channels, height, width) to channels last."""
    return tf.transpose(images, (0, 2, 3, 1))


def first(images):
    """(batch, height, width, channels) to channels first."""
    return tf.transpose(images, (0, 3, 1, 2))


def sequence(words):
    """(batch, dim, words) to (batch, words, dim), and back."""
    return tf.transpose(words, (0, 2, 1))


def word_mask(mask):
    """The mask of padding as the mask of words."""
    return tf.equal(mask, 0)


def inputs_of(arrays):
    """The inputs of a fixture as tensors."""
    return {
        name: tf.constant(value)
        for name, value in group(arrays, "in").items()
        if not name.startswith("cotangent/")
    }


def assert_module(arrays, entries, run, tolerance, inference=True):
    """Compares a module with its fixture in all respects.

    Args:
        arrays: the fixture.
        entries: the module's `WeightEntry` list.
        run: function of the inputs and `training` to outputs by their
            published names and in the published layout.
        tolerance: `atol` and `rtol` of the outputs.
        inference: whether the fixture holds that, too.
    """
    load_published(entries, group(arrays, "param"))
    inputs = inputs_of(arrays)
    watched = {
        name: value for name, value in inputs.items() if value.dtype.is_floating
    }
    cotangents = group(arrays, "in/cotangent")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(watched)
        outputs = run(inputs, True)
        total = tf.add_n(
            [
                tf.reduce_sum(outputs[name] * weight)
                for name, weight in cotangents.items()
            ]
        )
    assert_outputs(outputs, group(arrays, "out/train"), tolerance)
    np.testing.assert_allclose(total, scalar(arrays, "out/train/S"), **SUMS)
    gradients = published_gradients(entries, tape, total)
    for name, value in watched.items():
        gradient = tape.gradient(total, value)
        if gradient is not None:
            gradients[name] = gradient.numpy()
    assert_gradients(gradients, group(arrays, "grad"))
    assert_statistics(entries, group(arrays, "out/after_train"), tolerance)
    if not inference:
        return
    load_published(entries, group(arrays, "param"))
    outputs = run(inputs, False)
    assert_outputs(outputs, group(arrays, "out/eval"), tolerance)
    assert_statistics(entries, group(arrays, "out/after_eval"), tolerance)


def assert_outputs(outputs, expected, tolerance):
    """Compares outputs that have a fixture; there must be some."""
    names = [name for name in expected if name in outputs]
    missing = set(expected) - set(outputs) - {"S"}
    assert names
    assert not missing, missing
    for name in names:
        np.testing.assert_allclose(
            outputs[name], expected[name], **tolerance, err_msg=name
        )


def assert_gradients(gradients, expected, tolerance=GRADIENT_TOLERANCE):
    """Compares gradients by the L2 norm of their difference."""
    assert expected
    for name, published in expected.items():
        assert relative_distance(gradients[name], published) <= tolerance, (
            name,
            relative_distance(gradients[name], published),
        )


def relative_distance(actual, expected):
    """L2 distance over L2 norm; next to nothing counts as nothing."""
    actual = np.asarray(actual, np.float64)
    expected = np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    distance = np.linalg.norm(actual - expected)
    return distance / max(np.linalg.norm(expected), 1e-4)


def assert_statistics(entries, expected, tolerance):
    """Compares moving statistics; instance normalizations keep none."""
    values = published_values(entries)
    kept = {name: values[name] for name in expected if name in values}
    wanted = {name for name in values if name.endswith(_UNREAD)}
    assert not expected or set(kept) == wanted, wanted - set(kept)
    for name, value in kept.items():
        np.testing.assert_allclose(
            value, expected[name], **tolerance, err_msg=name
        )


def kind_of(name):
    """The normalization of a fixture, by its name."""
    return "batch" if name.endswith("_batch") else "instance"


def make_generator(parameters, kind, mask_order="published"):
    """A generator of the size of a published state dict."""
    width, channels = parameters["c1.conv.weight"].shape[:2]
    dim = parameters["tr2.att.conv_context.weight"].shape[1]
    condition = parameters["n1.ConBias.0.weight"].shape[1]
    blocks = {key.split(".")[2] for key in parameters if key.startswith("tr1.")}
    generator = RAGANGenerator(
        dim,
        condition - dim,
        input_channels=channels,
        width=width,
        residual_blocks=len(blocks),
        normalization=kind,
        mask_order=mask_order,
    )
    generator.build()
    return generator


def make_discriminator(parameters, image_size, kind):
    """A discriminator of the size of a published state dict."""
    parts = 2 if any(key.startswith("model_2.") for key in parameters) else 1
    prefix = "model_1." if parts == 2 else ""
    head = parameters.get(f"{prefix}c_con1.conv.weight")
    discriminator = RAGANDiscriminator(
        image_size,
        parameters[f"{prefix}conv.0.conv.weight"].shape[0],
        parts,
        0 if head is None else head.shape[0],
        normalization=kind,
    )
    discriminator.build()
    blocks = {
        key.split("conv.")[1].split(".")[0]
        for key in parameters
        if key.startswith(f"{prefix}conv.")
    }
    assert len(discriminator.judges[0].convolutions) == len(blocks)
    return discriminator


def make_encoder(parameters, local, kind):
    """A reference encoder of the size of a published state dict."""
    conditional = "c1.conv.weight" in parameters
    entry = parameters[
        "c1.conv.weight" if conditional else "conv.0.conv.weight"
    ]
    shortcuts = [key for key in parameters if "shortcut.1.weight" in key]
    condition = parameters.get("res1.norm1.ConBias.0.weight")
    encoder = ReferenceEncoder(
        parameters["fc.0.weight"].shape[0],
        local,
        0 if condition is None else condition.shape[1],
        entry.shape[0],
        len(shortcuts) + 1,
        normalization=kind,
    )
    encoder.build()
    return encoder
