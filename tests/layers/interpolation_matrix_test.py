import numpy as np
import pytest

from tfragan.layers.interpolation_matrix import interpolation_matrix
from tfragan.layers.interpolation_matrix import resize_by_matrices


def test_the_cubic_goes_through_samples_and_overshoots():
    matrix = interpolation_matrix(5, 10, kernel="cubic").numpy()
    # A quarter of a cell from a sample: -3, 29, 111 and -9 of 128, by hand.
    weights = np.array([-3.0, 29.0, 111.0, -9.0]) / 128.0
    np.testing.assert_allclose(matrix[4, :4], weights, rtol=1e-6)
    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, rtol=1e-6)
    same = interpolation_matrix(5, 5, kernel="cubic", antialias=True)
    np.testing.assert_array_equal(same, np.eye(5))


def test_left_ends_of_cells_are_those_of_the_first_tensorflow():
    matrix = interpolation_matrix(4, 8, half_pixels=False).numpy()
    expected = np.zeros((8, 4))
    for place in range(7):
        expected[place, place // 2] += 0.5
        expected[place, (place + 1) // 2] += 0.5
    # The last place lies beyond the last sample.
    expected[7, 3] = 1.0
    np.testing.assert_array_equal(matrix, expected)


@pytest.mark.parametrize("kernel", ["linear", "cubic"])
def test_an_axis_of_the_right_length_is_left_as_it_is(kernel):
    images = np.random.default_rng(0).normal(size=(2, 6, 5, 3))
    resized = resize_by_matrices(images, (6, 9), kernel=kernel)
    assert resized.shape == (2, 6, 9, 3)
    matrix = interpolation_matrix(5, 9, kernel=kernel, dtype="float64")
    np.testing.assert_allclose(
        resized, np.einsum("xw,bhwc->bhxc", matrix, images), rtol=1e-12
    )
    same = resize_by_matrices(images, (6, 5), kernel=kernel)
    np.testing.assert_array_equal(same, images)
