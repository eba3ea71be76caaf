"""Loading published parameters and naming our gradients as published."""

import numpy as np
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tfragan.convert.weight_map import load_state_dict


def load_all(entries, parameters):
    """Loads every array of a fixture; nothing may be left over."""
    report = load_state_dict(entries, parameters, "fixture")
    assert not report.unused, report.unused
    return report


def published_gradients(entries, tape, target):
    """Gradients of `target` under published names and layouts."""
    entries = [entry for entry in entries if entry.variable.trainable]
    gradients = tape.gradient(target, [e.variable.value for e in entries])
    named = {}
    for entry, gradient in zip(entries, gradients, strict=True):
        assert gradient is not None, entry.keys
        array = tf.convert_to_tensor(gradient).numpy()
        named.update(entry.to_published(array))
    return named


def randomize(networks):
    """Gives networks weights that are all different, from 0.05 to 0.95."""
    draw = np.random.default_rng(3)
    for network in networks:
        for weight in network.weights:
            weight.assign(draw.uniform(0.05, 0.95, weight.shape))


def assert_same_weights(found, expected):
    """Compares two lists of networks, weight by weight."""
    for network, original in zip(found, expected, strict=True):
        for ours, theirs in zip(network.weights, original.weights, strict=True):
            np.testing.assert_array_equal(
                ours.numpy(), theirs.numpy(), err_msg=ours.path
            )


def published_values(entries):
    """Values under published names and layouts."""
    named = {}
    for entry in entries:
        named.update(entry.to_published(entry.variable.numpy()))
    return named


def assert_gradients(actual, expected, tolerance, exceptions=None):
    """Compares each gradient with its fixture, thinned or not."""
    names = {name.split("@")[0] for name in expected}
    names = {name for name in names if not name.startswith("in/")}
    assert names <= set(actual), names - set(actual)
    for name in sorted(names):
        limit = (exceptions or {}).get(name, tolerance)
        assert_thinned_close(actual[name], expected, name, limit)


def assert_buffers(entries, expected, tolerance):
    """Compares moving statistics after a pass in training mode."""
    values = published_values(entries)
    for name, array in expected.items():
        assert_close(values[name], array, tolerance, name)
    assert expected


def weighted_sum(outputs, weights):
    """The scalar whose gradient the fixtures hold."""
    return tf.add_n(
        [
            tf.reduce_sum(output * weight)
            for output, weight in zip(outputs, weights, strict=True)
        ]
    )


def scalar(arrays, key):
    """A fixture's scalar as a Python number."""
    return np.asarray(arrays[key]).item()


class GradientRecorder:
    """An optimizer that also notes the gradients it is given, by path."""

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.recorded = {}

    def scale_loss(self, loss):
        return loss

    def build(self, variables):
        self.optimizer.build(variables)

    def apply(self, gradients, variables):
        paths = [variable.path for variable in variables]
        self.recorded = dict(zip(paths, gradients, strict=True))
        self.optimizer.apply(gradients, variables)
