import numpy as np

from tfragan.layers.fan_in_uniform import fan_in_uniform
from tfragan.layers.fan_in_uniform import fan_in_uniform_bias


def test_kernels_are_uniform_within_the_root_of_the_fan_in():
    values = np.array(fan_in_uniform()((3, 3, 4, 900)))
    assert np.abs(values).max() <= 1 / 6
    assert abs(values.std() - 1 / 6 / 3**0.5) < 1e-3


def test_biases_are_uniform_within_the_root_of_the_fan_in():
    values = np.array(fan_in_uniform_bias(36)((20000,)))
    assert np.abs(values).max() <= 1 / 6
    assert abs(values.std() - 1 / 6 / 3**0.5) < 1e-3
