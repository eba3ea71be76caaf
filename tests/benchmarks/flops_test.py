import pytest
import tensorflow as tf

from benchmarks.flops import function_flops


def _traced(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function), specs


def test_a_matrix_product_counts_two_operations_a_multiplication():
    function, specs = _traced(tf.matmul, (3, 5), (5, 7))
    assert function_flops(function, *specs) == 2 * 3 * 5 * 7


def test_a_transposed_product_of_a_batch_counts_its_inner_length():
    def product(left, right):
        return tf.matmul(left, right, transpose_a=True)

    function, specs = _traced(product, (4, 5, 3), (4, 5, 7))
    assert function_flops(function, *specs) == 2 * 4 * 3 * 5 * 7


def test_a_convolution_and_its_gradients_count_as_by_hand():
    def step(images, kernel):
        with tf.GradientTape() as tape:
            tape.watch([images, kernel])
            outputs = tf.nn.conv2d(images, kernel, 2, "SAME")
            loss = tf.reduce_sum(tf.square(outputs))
        return tape.gradient(loss, [images, kernel])

    function, specs = _traced(step, (2, 8, 8, 3), (4, 4, 3, 5))
    # 2 images of 4 x 4 outputs, 4 x 4 x 3 products for each of 5 channels;
    # backward once for the images and once for the kernel.
    forward = 2 * (2 * 4 * 4) * (4 * 4 * 3) * 5
    assert function_flops(function, *specs) == 3 * forward


def test_what_no_result_depends_on_is_not_counted():
    def step(images, kernel):
        with tf.GradientTape() as tape:
            tape.watch([images, kernel])
            outputs = tf.nn.conv2d(images, kernel, 2, "SAME")
            loss = tf.reduce_sum(tf.square(outputs))
        return tape.gradient(loss, [images, kernel])[1]

    function, specs = _traced(step, (2, 8, 8, 3), (4, 4, 3, 5))
    forward = 2 * (2 * 4 * 4) * (4 * 4 * 3) * 5
    assert function_flops(function, *specs) == 2 * forward


def test_the_body_of_a_loop_counts_for_each_step():
    def loop(state, kernel):
        return tf.while_loop(
            lambda step, _: step < 6,
            lambda step, state: (step + 1, tf.matmul(state, kernel)),
            (0, state),
        )[1]

    function, specs = _traced(loop, (2, 3), (3, 3))
    count = function_flops(function, *specs, loop_steps=6)
    assert count == 6 * (2 * 2 * 3 * 3)


def test_an_unknown_shape_is_refused():
    function, specs = _traced(tf.matmul, (None, 5), (5, 7))
    with pytest.raises(ValueError, match="must be known"):
        function_flops(function, *specs)


def test_a_product_with_ones_is_a_sum():
    def total(values):
        return tf.matmul(tf.ones((1, 4)), values)

    function, specs = _traced(total, (4, 5))
    assert function_flops(function, *specs) == 0


def test_a_sum_of_products_counts_each_of_its_indices_once():
    function = tf.function(lambda a, b: tf.einsum("hy,bywc->bhwc", a, b))
    found = function_flops(function, tf.ones((8, 4)), tf.ones((2, 4, 5, 3)))
    assert found == 2 * 8 * 4 * 2 * 5 * 3
