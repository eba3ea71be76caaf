"""The recorded numbers of tensorflow-addons 0.23, all of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tfragan.layers.gaussian_blur import GaussianBlur
from tfragan.layers.instance_normalization import InstanceNormalization
from tfragan.layers.spectral_normalization import SpectralNormalization
from tfragan.models.moving_average import update_moving_average

pytestmark = pytest.mark.golden

# The recording names neither betas nor the blur's filter; these fit it.
ADAMW_BETAS = (0.5, 0.999)
BLUR = {"filter_size": 5, "sigma": 1.5}


def recorded(prefix):
    return group(load("addons", "tfa_0_23"), prefix)


def take(arrays, *keys):
    """Removes arrays, so that a test can show that it used all of them."""
    return [arrays.pop(key) for key in keys]


def test_addons_recording_has_the_families_tested_here():
    families = {key.split("/")[0] for key in load("addons", "tfa_0_23")}
    assert families == {
        "adamw",
        "gaussian_filter2d",
        "group_norm",
        "instance_norm",
        "moving_average",
        "spectral_norm",
    }


def test_instance_normalization_equals_addons():
    arrays = recorded("instance_norm")
    x, cotangent = take(arrays, "in/x", "in/cotangent")
    gamma, beta = take(arrays, "param/gamma", "param/beta")
    layer = InstanceNormalization(epsilon=float(arrays.pop("meta/epsilon")))
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
    sources = [x, layer.gamma.value, layer.beta.value]
    gradients = tape.gradient(y, sources, output_gradients=cotangent)
    assert_close(y, arrays.pop("out/y"), 1e-6)
    for name, gradient in zip(("x", "gamma", "beta"), gradients, strict=True):
        assert_close(gradient, arrays.pop(f"grad/{name}"), 2e-6, name)
    assert not arrays


def test_keras_group_normalization_equals_addons():
    arrays = recorded("group_norm")
    instance = recorded("instance_norm")
    groups, epsilon = take(arrays, "meta/groups", "meta/epsilon")
    layer = keras.layers.GroupNormalization(int(groups), epsilon=float(epsilon))
    # The recording shares input and parameters with instance_norm.
    layer.build(instance["in/x"].shape)
    layer.gamma.assign(instance["param/gamma"])
    layer.beta.assign(instance["param/beta"])
    assert_close(layer(instance["in/x"]), arrays.pop("out/y"), 1e-6)
    assert not arrays


def test_overwriting_spectral_normalization_equals_addons():
    arrays = recorded("spectral_norm")
    x, kernel, bias = take(arrays, "in/x", "param/kernel", "param/bias")
    outputs = [f"out/train_call_{i}" for i in (1, 2)] + ["out/eval_call"]
    train_1, train_2, evaluated = take(arrays, *outputs)
    height, width, _, filters = kernel.shape
    layer = SpectralNormalization(
        keras.layers.Conv2D(
            filters,
            (height, width),
            strides=x.shape[1] // train_1.shape[1],
            padding="same",
        ),
        overwrite_kernel=True,
    )
    layer.build(x.shape)
    layer.layer.kernel.assign(kernel)
    layer.layer.bias.assign(bias)
    layer.u.assign(arrays.pop("param/u_before")[0])

    for step, expected in ((1, train_1), (2, train_2)):
        assert_close(layer(x, training=True), expected, 2e-6, f"call {step}")
        u, kernel = take(
            arrays, f"param/u_after_{step}", f"param/kernel_after_{step}"
        )
        assert_close(layer.u.numpy(), u[0], 2e-6)
        assert_close(layer.layer.kernel.numpy(), kernel, 2e-6)
    assert_close(layer(x, training=False), evaluated, 2e-6)
    assert_close(layer.u.numpy(), u[0], 2e-6)
    assert not arrays


def test_moving_average_equals_addons():
    arrays = recorded("moving_average")
    start, gradients = take(arrays, "in/w0", "in/grads")
    rate, decay = take(arrays, "meta/lr", "meta/decay")
    averages = arrays.pop("out/average_per_step")
    weight, average = keras.Variable(start), keras.Variable(start)
    optimizer = keras.optimizers.SGD(float(rate))
    for gradient, expected in zip(gradients, averages, strict=True):
        optimizer.apply([tf.constant(gradient)], [weight])
        update_moving_average([average], [weight], float(decay))
        assert_close(average.numpy(), expected, 1e-6)
    assert_close(weight.numpy(), arrays.pop("out/w"), 1e-6)
    assert not arrays


def adamw_steps(weight_decay, arrays):
    """The weight after each step of Keras' AdamW on the recorded gradients."""
    moving_average = recorded("moving_average")
    weight = keras.Variable(moving_average["in/w0"])
    optimizer = keras.optimizers.AdamW(
        float(arrays["meta/lr"]),
        weight_decay=weight_decay,
        beta_1=ADAMW_BETAS[0],
        beta_2=ADAMW_BETAS[1],
        epsilon=float(arrays["meta/epsilon"]),
    )
    steps = []
    for gradient in moving_average["in/grads"]:
        optimizer.apply([tf.constant(gradient)], [weight])
        steps.append(weight.numpy())
    return np.stack(steps)


def test_keras_adamw_equals_addons_with_the_decay_over_the_rate():
    arrays = recorded("adamw")
    decay, rate = arrays["meta/weight_decay"], arrays["meta/lr"]
    steps = adamw_steps(float(decay / rate), arrays)
    assert_close(steps, arrays["out/w_per_step"], 1e-6)
    assert set(arrays) == {
        "meta/weight_decay",
        "meta/lr",
        "meta/epsilon",
        "out/w_per_step",
    }


def test_keras_adamw_scales_the_decay_by_the_rate_unlike_addons():
    arrays = recorded("adamw")
    steps = adamw_steps(float(arrays["meta/weight_decay"]), arrays)
    # Addons took decay * w off each step; Keras takes rate * decay * w.
    first = recorded("moving_average")["in/w0"]
    rate, decay = float(arrays["meta/lr"]), float(arrays["meta/weight_decay"])
    missing = (1.0 - rate) * decay * first
    assert_close(
        steps[0] - arrays["out/w_per_step"][0], missing, 1e-4, "first step"
    )


def test_gaussian_blur_equals_addons():
    arrays = recorded("gaussian_filter2d")
    x, y = take(arrays, "in/x", "out/y")
    assert_close(GaussianBlur(**BLUR)(x), y, 1e-6)
    assert not arrays
