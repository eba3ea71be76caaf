"""Spectral normalization inside a published PyTorch network."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tfragan.layers.spectral_normalization import SpectralNormalization

pytestmark = pytest.mark.golden

TRUNK = ("model.1", "model.4", "model.7", "model.10")
DENSE = ("gap_fc", "gmp_fc")
NORMALIZED = (*TRUNK, *DENSE, "conv")


def kernel_of(weight):
    """PyTorch's (out, in, ...) as (..., in, out)."""
    if weight.ndim == 2:
        return weight.T
    return weight.transpose(2, 3, 1, 0)


def v_of(vector, weight):
    """PyTorch's (in, height, width) order as (height, width, in)."""
    if weight.ndim == 2:
        return vector
    return vector.reshape(weight.shape[1:]).transpose(1, 2, 0).reshape(-1)


def make_layer(arrays, name):
    weight = arrays[f"{name}.weight_orig"]
    bias = arrays.get(f"{name}.bias")
    options = {"use_bias": bias is not None, "name": name.replace(".", "_")}
    if name in DENSE:
        inner = keras.layers.Dense(len(weight), **options)
    else:
        # The last convolution of the trunk and the head do not halve.
        strides = 1 if name in ("model.10", "conv") else 2
        inner = keras.layers.Conv2D(
            len(weight), weight.shape[-1], strides=strides, **options
        )
    layer = SpectralNormalization(inner)
    kernel = kernel_of(weight)
    layer.build((None, *kernel.shape[:-1]))
    inner.kernel.assign(kernel)
    if bias is not None:
        inner.bias.assign(bias)
    layer.u.assign(arrays[f"{name}.weight_u"])
    layer.v.assign(v_of(arrays[f"{name}.weight_v"], weight))
    return layer


def padded(x):
    return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")


def discriminate(layers, fusion, x, training):
    """The published discriminator: logit map, map logits and heatmap."""
    for name in TRUNK:
        x = tf.nn.leaky_relu(layers[name](padded(x), training=training), 0.2)
    logits, weighted = [], []
    pools = (tf.reduce_mean, tf.reduce_max)
    for name, pool in zip(DENSE, pools, strict=True):
        layer = layers[name]
        logits.append(layer(pool(x, (1, 2)), training=training))
        # As published, the map is weighted by the kernel as it is stored.
        weighted.append(x * layer.layer.kernel.value[:, 0])
    x = tf.matmul(tf.concat(weighted, -1), fusion[0]) + fusion[1]
    x = tf.nn.leaky_relu(x, 0.2)
    heatmap = tf.reduce_sum(x, -1, keepdims=True)
    logit = layers["conv"](padded(x), training=training)
    return {
        "logit": logit,
        "cam_logit": tf.concat(logits, -1),
        "heatmap": heatmap,
    }


def assert_outputs(outputs, arrays, suffix):
    for name, output in outputs.items():
        if output.shape.rank == 4:
            output = nchw(output)
        assert_close(output, arrays[f"out/{name}{suffix}"], 1e-5, name)


def assert_vectors(layers, arrays, call):
    for name, layer in layers.items():
        weight = arrays[f"param/{name}.weight_orig"]
        u, v = (
            arrays[f"out/after{call}/{name}.weight_{letter}"] for letter in "uv"
        )
        assert_close(layer.u.numpy(), u, 1e-5, f"{name} u")
        assert_close(layer.v.numpy(), v_of(v, weight), 1e-5, f"{name} v")


def test_ugatit_discriminator_with_spectral_normalization_is_reproduced():
    arrays = load("ugatit", "discriminator_local")
    parameters = group(arrays, "param")
    layers = {name: make_layer(parameters, name) for name in NORMALIZED}
    fusion = [
        tf.Variable(kernel_of(parameters["conv1x1.weight"])[0, 0]),
        tf.Variable(parameters["conv1x1.bias"]),
    ]
    x = tf.Variable(nhwc(arrays["in/x"]))
    kernels = {name: layers[name].layer.kernel.value for name in NORMALIZED}

    with tf.GradientTape() as tape:
        outputs = discriminate(layers, fusion, x, training=True)
        loss = 0.0
        for name, output in outputs.items():
            cotangent = arrays[f"in/cotangent_{name}"]
            cotangent = nhwc(cotangent) if cotangent.ndim == 4 else cotangent
            loss += tf.reduce_sum(output * cotangent)
    gradients, by_input, by_fusion = tape.gradient(loss, [kernels, x, fusion])
    assert_outputs(outputs, arrays, "")
    assert_close(loss, arrays["out/scalar"], 1e-5, "scalar")
    assert_vectors(layers, arrays, 1)
    for name, gradient in gradients.items():
        expected = kernel_of(arrays[f"grad/{name}.weight_orig"])
        assert_close(gradient, expected, 5e-5, name)
    assert_close(nchw(by_input), arrays["grad/x"], 5e-5, "x")
    expected = kernel_of(arrays["grad/conv1x1.weight"])[0, 0]
    assert_close(by_fusion[0], expected, 5e-5, "fusion")

    second = discriminate(layers, fusion, x, training=True)
    assert_outputs(second, arrays, "_second")
    assert_vectors(layers, arrays, 2)
    evaluated = discriminate(layers, fusion, x, training=False)
    assert_outputs(evaluated, arrays, "_eval")
    assert_vectors(layers, arrays, 2)
    for name in NORMALIZED:
        stored = layers[name].layer.kernel.numpy()
        expected = kernel_of(parameters[f"{name}.weight_orig"])
        np.testing.assert_array_equal(stored, expected)
