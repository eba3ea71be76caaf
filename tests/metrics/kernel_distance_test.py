import importlib

import numpy as np
import pytest

from tfragan import metrics


def _features(seed, images=12, dim=5, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((images, dim)) + shift


def _kernel(x, y):
    return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3


def _by_loops(first, second):
    """The estimate as it is written in the paper, pair by pair."""
    value = 0.0
    for features in (first, second):
        count = len(features)
        for i in range(count):
            for j in range(count):
                if i != j:
                    pair = _kernel(features[i], features[j])
                    value += pair / (count * (count - 1))
    for x in first:
        for y in second:
            value -= 2 * _kernel(x, y) / (len(first) * len(second))
    return value


def _leaving_one_out(first, second):
    """The jackknife of two samples by repeating the estimate."""
    variance = 0.0
    for images, estimates in (
        (
            len(first),
            [
                _by_loops(np.delete(first, i, axis=0), second)
                for i in range(len(first))
            ],
        ),
        (
            len(second),
            [
                _by_loops(first, np.delete(second, i, axis=0))
                for i in range(len(second))
            ],
        ),
    ):
        deviations = np.array(estimates) - np.mean(estimates)
        variance += (images - 1) / images * np.sum(deviations**2)
    return np.sqrt(variance)


@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_value_is_that_of_the_double_loop(shift):
    first, second = _features(0), _features(1, images=7, shift=shift)
    result = metrics.kernel_distance(first, second)
    expected = _by_loops(first.tolist(), second.tolist())
    assert result.value == pytest.approx(expected, rel=1e-12)


def test_float32_features_are_summed_in_float64():
    first = (100.0 + _features(0)).astype(np.float32)
    second = (100.0 + _features(1)).astype(np.float32)
    result = metrics.kernel_distance(first, second)
    expected = _by_loops(
        first.astype(np.float64).tolist(), second.astype(np.float64).tolist()
    )
    assert result.value == pytest.approx(expected, rel=1e-9)


def test_standard_error_is_that_of_leaving_each_image_out():
    first, second = _features(2), _features(3, images=8, shift=0.5)
    result = metrics.kernel_distance(first, second)
    expected = _leaving_one_out(first, second)
    assert result.standard_error == pytest.approx(expected, rel=1e-9)


def test_standard_error_is_the_spread_over_other_images():
    results = [
        metrics.kernel_distance(
            _features(seed, 60), _features(1000 + seed, 60, shift=0.7), 1
        )
        for seed in range(100)
    ]
    spread = np.std([result.value for result in results])
    error = np.mean([result.standard_error for result in results])
    assert error == pytest.approx(spread, rel=0.25)


def test_expectation_does_not_depend_on_the_number_of_images():
    few = np.mean(
        [
            metrics.kernel_distance(
                _features(seed, 5), _features(9000 + seed, 8), 1
            ).value
            for seed in range(400)
        ]
    )
    # The sets are of one distribution; a biased estimate would be about 1.
    assert abs(few) < 0.1


def test_many_images_are_summed_in_parts(monkeypatch):
    first, second = _features(4, images=11), _features(5, images=9)
    whole = metrics.kernel_distance(first, second)
    module = importlib.import_module("tfragan.metrics.feature_blocks")
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 4)
    parts = metrics.kernel_distance(first, second)
    assert parts.value == pytest.approx(whole.value, rel=1e-12)
    assert parts.standard_error == pytest.approx(whole.standard_error)


def test_a_file_is_read_in_blocks(tmp_path):
    first, second = _features(4, 30).astype(np.float32), _features(5, 20)
    np.save(tmp_path / "features.npy", first)
    mapped = np.load(tmp_path / "features.npy", mmap_mode="r")
    expected = metrics.kernel_distance(first.astype(np.float64), second)
    assert metrics.kernel_distance(mapped, second) == expected


def test_subsets_are_seeded_and_of_the_size_asked_for():
    first, second = _features(6, 30), _features(7, 40)

    def measure(**options):
        return metrics.kernel_distance(first, second, **options)

    one, again, other = measure(), measure(), measure(seed=1)
    assert one == again
    assert one.subset_mean != other.subset_mean
    assert one.value == other.value
    assert (one.subsets, one.subset_size) == (100, 15)
    many = measure(subsets=3000, subset_size=10)
    assert many.subset_mean == pytest.approx(one.value, abs=0.05)
    assert many.subset_std > one.subset_std


def test_a_subset_of_all_images_is_the_estimate_itself():
    first, second = _features(8), _features(9)
    result = metrics.kernel_distance(first, second, 3, subset_size=12)
    assert result.subset_mean == pytest.approx(result.value)
    assert result.subset_std == pytest.approx(0.0, abs=1e-12)


def test_weighted_distance_mixes_two_distances_as_published():
    target = metrics.kernel_distance(_features(0), _features(1))
    source = metrics.kernel_distance(_features(2, shift=1.0), _features(1))
    mix = metrics.weighted_kernel_distance(target, source)
    expected = (0.02 * target.value + 0.98 * source.value) / 2
    assert mix.value == pytest.approx(expected)
    error = (0.02 * target.standard_error + 0.98 * source.standard_error) / 2
    assert mix.standard_error == pytest.approx(error)
    assert mix.target_weight == 0.02
    with pytest.raises(ValueError, match="target_weight=2"):
        metrics.weighted_kernel_distance(target, source, 2)


@pytest.mark.parametrize(
    ("features", "options", "message"),
    [
        (np.ones((2, 5)), {}, "at least 3 images"),
        (np.ones(5), {}, "at least 3 images"),
        (np.ones((4, 6)), {}, "one dimension"),
        (np.full((4, 5), np.nan), {}, "finite features"),
        (np.ones((4, 5)), {"subset_size": 5}, "subset_size=5 for 4 and 12"),
        (np.ones((4, 5)), {"subset_size": 1}, "at least two images"),
        (np.ones((4, 5)), {"subsets": 0}, "subsets=0"),
    ],
)
def test_bad_arguments_are_named(features, options, message):
    with pytest.raises(ValueError, match=message):
        metrics.kernel_distance(features, _features(0), **options)
