import keras
import numpy as np
import pytest

from tests.golden import load
from tests.published import scalar
from tfragan.optimizers import LinearDecay


def _rates(schedule, steps):
    return np.array([float(schedule(step)) for step in range(steps)])


@pytest.mark.golden
def test_ugatit_rates_are_the_published_ones():
    arrays = load("ugatit", "lr_schedule")
    expected = arrays["out/lr"]
    base = scalar(arrays, "in/base_lr")

    rates = _rates(LinearDecay.ugatit(base, len(expected)), len(expected))

    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-6 * base)


@pytest.mark.golden
def test_ugatit_rate_of_an_odd_run_ends_at_zero_not_below():
    arrays = load("ugatit", "lr_schedule")
    base = scalar(arrays, "in/base_lr")
    for key in [key for key in arrays if key.startswith("out/lr_odd_")]:
        expected = np.maximum(arrays[key], 0.0)

        rates = _rates(LinearDecay.ugatit(base, len(expected)), len(expected))

        np.testing.assert_allclose(rates, expected, rtol=1e-6)


@pytest.mark.golden
def test_a_resumed_ugatit_run_has_the_rates_of_an_unbroken_one():
    arrays = load("ugatit", "lr_schedule")
    base, step = scalar(arrays, "in/base_lr"), scalar(arrays, "in/resume_step")
    steps, done = len(arrays["out/lr"]), int(step) - 1
    schedule = LinearDecay.ugatit(base, steps)
    resumed = LinearDecay.from_config(schedule.get_config())

    rates = [float(resumed(step)) for step in range(done, steps)]

    np.testing.assert_allclose(
        rates, arrays["out/lr"][done:], rtol=1e-6, atol=1e-6 * base
    )


def test_a_run_of_one_step_has_the_initial_rate():
    assert float(LinearDecay.ugatit(1e-4, 1)(0)) == np.float32(1e-4)


def test_tensorflow1_rates_fall_by_epoch_and_end_above_zero():
    schedule = LinearDecay.ugatit_tensorflow1(
        1.0, steps_per_epoch=3, epochs=4, decay_epoch=2
    )

    np.testing.assert_allclose(
        _rates(schedule, 13), [1.0] * 9 + [0.5] * 3 + [0.0]
    )


def test_cyclegan_rates_fall_by_epoch_and_end_above_zero():
    epochs = np.arange(1, 201)
    expected = 1.0 - np.maximum(0, epochs - 100) / 101
    schedule = LinearDecay.cyclegan(2e-4, steps_per_epoch=7)

    rates = [float(schedule(7 * epoch - 1)) for epoch in epochs]

    np.testing.assert_allclose(rates, 2e-4 * expected, rtol=1e-6)


def test_large_steps_keep_their_precision():
    schedule = LinearDecay.ugatit(1.0, 1_000_000)

    assert float(schedule(999_999)) == 0.0
    np.testing.assert_allclose(float(schedule(999_998)), 2e-6, rtol=1e-6)


def test_several_updates_in_a_step_have_the_rate_of_the_step():
    schedule = LinearDecay(1.0, start=1, end=3, steps_per_period=2)

    rates = _rates(schedule.with_updates_per_step(3), 18)

    np.testing.assert_array_equal(rates, np.repeat(_rates(schedule, 6), 3))


def test_it_survives_serialization():
    schedule = LinearDecay(0.1, start=1, end=3, steps_per_period=2)

    copy = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(schedule)
    )

    np.testing.assert_array_equal(_rates(copy, 8), _rates(schedule, 8))


@pytest.mark.parametrize(
    ("arguments", "name"),
    [((1.0, 3, 3), "start"), ((1.0, 0, 3, 0), "steps_per_period")],
)
def test_impossible_schedules_are_refused(arguments, name):
    with pytest.raises(ValueError, match=name):
        LinearDecay(*arguments)
