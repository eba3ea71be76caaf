"""Bilinear resizing against TensorFlow, the published code and itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tfragan.layers.bilinear_resize import BilinearResize
from tfragan.layers.bilinear_resize import bilinear_resize
from tfragan.layers.bilinear_resize import interpolation_matrix
from tfragan.layers.bilinear_resize import resize_by_matrices

IMAGES = np.random.default_rng(0).normal(size=(2, 7, 10, 3)).astype("float32")


@pytest.mark.golden
@pytest.mark.parametrize("align_corners", [False, True])
def test_attngan_resize_bilinear(align_corners):
    arrays = load("attngan", "resize_bilinear")
    size = int(arrays["in/out_size"])
    outputs = bilinear_resize(nhwc(arrays["in/x"]), (size, size), align_corners)
    expected = arrays[f"out/align_corners{int(align_corners)}"]
    assert_close(nchw(outputs), expected, 2e-5, "resize")


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("size", [(13, 17), (3, 4), (14, 5), (7, 10), (1, 1)])
def test_equal_cells_are_those_of_tensorflow(size, antialias):
    outputs = bilinear_resize(IMAGES, size, antialias=antialias)
    expected = tf.image.resize(IMAGES, size, antialias=antialias)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


@pytest.mark.parametrize("size", [(13, 17), (3, 4), (14, 5)])
def test_aligned_corners_are_those_of_tensorflow(size):
    outputs = bilinear_resize(IMAGES, size, align_corners=True)
    expected = tf.compat.v1.image.resize_bilinear(
        IMAGES, size, align_corners=True
    )
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    corners = np.asarray(outputs)[:, ::12, ::16]
    if size == (13, 17):
        np.testing.assert_array_equal(corners, IMAGES[:, ::6, ::9])


@pytest.mark.parametrize("align_corners", [False, True])
def test_an_image_of_the_wanted_size_passes_unchanged(align_corners):
    outputs = bilinear_resize(IMAGES, (7, 10), align_corners)
    np.testing.assert_array_equal(outputs, IMAGES)


def test_sizes_may_be_unknown_when_the_graph_is_made():
    layer = BilinearResize(6)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def resize(images):
        return layer(images)

    for height, width in ((7, 10), (6, 6), (3, 12)):
        images = IMAGES[:, :1].repeat(height, 1)[:, :, :1].repeat(width, 2)
        outputs = resize(images)
        assert outputs.shape == (2, 6, 6, 3)
        np.testing.assert_allclose(outputs, layer(images), atol=1e-6)


def test_the_gradient_of_the_gradient_is_exact():
    images = tf.constant(IMAGES[:1, :4, :4, :1], tf.float64)
    weights = tf.Variable(tf.random.stateless_normal((6, 6), (0, 1)))

    def penalty(weights):
        with tf.GradientTape() as tape:
            tape.watch(images)
            resized = bilinear_resize(images, (6, 6))[0, :, :, 0]
            score = tf.reduce_sum(tf.cast(weights, tf.float64) * resized**2)
        return tf.reduce_sum(tape.gradient(score, images) ** 2)

    with tf.GradientTape() as tape:
        value = penalty(weights)
    gradient = tape.gradient(value, weights).numpy()
    step = np.zeros((6, 6), "float32")
    step[2, 3] = 2.0**-10
    numeric = (penalty(weights + step) - penalty(weights - step)) / 2.0**-9
    assert gradient[2, 3] == pytest.approx(float(numeric), rel=1e-4)


def test_the_layer_survives_its_config():
    layer = BilinearResize((5, 6), align_corners=True, name="resize")
    copy = BilinearResize.from_config(layer.get_config())
    np.testing.assert_array_equal(copy(IMAGES), layer(IMAGES))
    assert keras.saving.get_registered_object("tfragan>BilinearResize")
    assert layer.compute_output_shape((2, 7, 10, 3)) == (2, 5, 6, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 0},
        {"size": (1, 2, 3)},
        {"size": 4, "align_corners": True, "antialias": True},
    ],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        BilinearResize(**arguments)


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
