import pytest
import tensorflow as tf

from benchmarks.cases import CASES
from benchmarks.cases import choose
from benchmarks.flops import function_flops


def _traced(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function), specs


def test_a_matrix_product_counts_two_operations_a_multiplication():
    function, specs = _traced(tf.matmul, (3, 5), (5, 7))
    assert function_flops(function, *specs) == 2 * 3 * 5 * 7


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


def test_cases_are_chosen_by_name_and_a_wrong_name_is_refused():
    assert [case.name for case in choose(["served64"])] == ["served64"]
    assert len({case.name for case in CASES}) == len(CASES)
    with pytest.raises(ValueError, match="served65"):
        choose(["served65"])
