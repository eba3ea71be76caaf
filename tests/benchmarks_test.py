import pytest
import tensorflow as tf

from benchmarks import __main__ as command
from benchmarks import published_form
from benchmarks import stopwatch
from benchmarks import tables
from benchmarks.cases import CASES
from benchmarks.cases import choose
from benchmarks.flops import function_flops
from benchmarks.peak_memory import peak_memory
from tfragan.layers import UpsampleConvolution


def _traced(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function), specs


def _rows():
    speed = {
        "size": 64,
        "batch": 8,
        "images_per_second": 20.0,
        "milliseconds": 400.0,
        "peak_memory": 2**30,
        "published_gflop": 52.3,
        "published_fraction": 0.75,
        "cpu_published_fraction": 0.76,
        "done_fraction": 0.5,
    }
    shared = {"published": None, "consumers": ()}
    return [
        {"name": "a", "table": "training", "text": "A", **shared, **speed},
        {
            **shared,
            "name": "p",
            "table": "pipeline",
            "text": "P",
            "batch": 8,
            "images_per_second": 130.0,
            "peak_memory": 2**29,
            "consumers": ("a", "not measured"),
        },
        {"name": "b", "table": "serving", "text": "B", "error": "no space"},
    ]


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


def test_the_published_form_convolves_the_doubled_image():
    layer = UpsampleConvolution(5)
    layer.build((None, 4, 4, 3))
    done, published = published_form.count(layer, tf.zeros((2, 4, 4, 3)))
    # 4 x 4 positions meet a 4 x 4 kernel, 8 x 8 positions a 3 x 3 one.
    sums = 2 * 16 * 9 * (3 * 5)
    assert done == sums + 2 * (2 * 4 * 4) * (4 * 4 * 3) * 5
    assert published == 2 * (2 * 8 * 8) * (3 * 3 * 3) * 5
    # The layer is itself again.
    again, _ = published_form.count(layer, tf.zeros((2, 4, 4, 3)))
    assert again == done


def test_a_fraction_compares_a_run_with_the_products_around_it():
    # Products of 100 operations take 1, 1 and 3 seconds, runs 2 and 4.
    timing = stopwatch._summary(
        [(2.0, 1.0), (4.0, 2.0)], [(1.0, 1.0), (1.0, 1.0), (3.0, 1.0)], 100
    )
    assert timing.seconds == 3.0
    # In the first run the product does 2 * 100 operations, then 4 * 50.
    assert timing.fraction(50) == 0.25
    assert timing.cpu_fraction(75) == 0.5


def test_peak_memory_counts_what_was_held():
    before = peak_memory()
    held = bytearray(b"x" * 2**26)
    assert peak_memory() - before <= 2**28
    assert peak_memory() >= len(held)


def test_tables_show_rates_ratios_and_failures():
    text = tables.tables(_rows())
    assert "| A        |     64 |     8 |     20.0 | 400 |    1,024 |" in text
    assert "6.5 (a)" in text
    assert "not measured" not in text
    assert "b failed: no space" in text
    for part in text.split("\n\n")[:2]:
        assert len({len(line) for line in part.splitlines()}) == 1


def test_cases_are_chosen_by_name_and_a_wrong_name_is_refused(capsys):
    assert [case.name for case in choose(["served64"])] == ["served64"]
    assert len({case.name for case in CASES}) == len(CASES)
    with pytest.raises(ValueError, match="served65"):
        choose(["served65"])
    assert command.main(["--only=served65"]) == 2
    assert "served65" in capsys.readouterr().err
