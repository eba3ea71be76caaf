import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layers.second_order import slopes
from tfragan.distribution import Replica
from tfragan.distribution import current_replica
from tfragan.losses import GradientPenalty

_ALONE = Replica(1, 0)


def _images(seed, batch=2, dtype=tf.float32):
    return tf.random.stateless_normal((batch, 5, 5, 2), (0, seed), dtype=dtype)


def _discriminator(dtype="float64"):
    keras.utils.set_random_seed(1)
    layers = [
        keras.layers.Conv2D(3, 3, strides=2, padding="same", dtype=dtype),
        keras.layers.LeakyReLU(0.2, dtype=dtype),
        keras.layers.Conv2D(2, 2, dtype=dtype),
    ]
    network = keras.Sequential(layers)
    network.build((None, 5, 5, 2))
    return network


@pytest.mark.parametrize(("factor", "one_sided"), [(3.0, 2.0), (0.25, 0.0)])
def test_the_slope_of_a_linear_score_is_the_norm_of_its_weights(
    factor, one_sided
):
    weights = tf.math.l2_normalize(_images(0, batch=1)) * factor

    def score(images):
        return tf.reduce_sum(weights * images, (1, 2, 3))

    penalties = GradientPenalty()(score, _images(1))
    np.testing.assert_allclose(penalties, (factor - 1.0) ** 2, rtol=1e-5)
    penalties = GradientPenalty(one_sided=True)(score, _images(1))
    np.testing.assert_allclose(penalties, one_sided**2, rtol=1e-5)


def test_each_tensor_of_scores_has_a_slope_of_its_own():
    network = _discriminator("float32")
    images = _images(0)

    def scores(images):
        values = network(images)
        return {"map": values, "mean": tf.reduce_mean(values, (1, 2))}

    together = GradientPenalty()(scores, images)

    assert together["map"].shape == (2,)
    for key, values in together.items():
        alone = GradientPenalty()(lambda x, key=key: scores(x)[key], images)
        np.testing.assert_allclose(values, alone, rtol=1e-6)


def test_the_slope_of_a_map_is_that_of_its_sum_for_each_sample():
    network = _discriminator("float32")
    images = _images(0)

    penalties = GradientPenalty()(network, images)

    for index in range(2):
        sample = images[index : index + 1]
        with tf.GradientTape() as tape:
            tape.watch(sample)
            total = tf.reduce_sum(network(sample))
        slope = tf.norm(tape.gradient(total, sample))
        np.testing.assert_allclose(
            penalties[index], (slope - 1.0) ** 2, rtol=1e-5
        )


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
def test_gradients_of_the_penalty_are_exact(one_sided, compiled):
    network = _discriminator()
    images = 3.0 * _images(0, dtype=tf.float64)
    # Steep enough for the one-sided penalty.
    penalty = GradientPenalty(one_sided)

    def value():
        def score(samples):
            return tf.tanh(network(samples)) * 4.0

        return tf.reduce_sum(penalty(score, images))

    @tf.function(jit_compile=compiled)
    def gradients():
        with tf.GradientTape() as tape:
            total = value()
        return tape.gradient(
            total,
            [weight.value for weight in network.trainable_weights],
            unconnected_gradients="zero",
        )

    weights = network.trainable_weights
    for analytic, numeric in slopes(value, weights, gradients(), 1e-5):
        assert analytic != 0.0
        np.testing.assert_allclose(analytic, numeric, rtol=1e-5)


def test_a_dead_discriminator_has_a_penalty_and_finite_gradients():
    weight = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalties = GradientPenalty()(lambda x: weight * x, _images(0))
        total = tf.reduce_sum(penalties)

    np.testing.assert_array_equal(penalties, 1.0)
    assert np.isfinite(tape.gradient(total, weight))


def test_samples_lie_between_real_and_fake():
    real, fake = _images(0), _images(1)
    alpha = tf.reshape([0.0, 0.25], (2, 1, 1, 1))

    samples = GradientPenalty().samples(real, fake, alpha, _ALONE)

    np.testing.assert_array_equal(samples[0], real[0])
    np.testing.assert_allclose(
        samples[1], 0.75 * real[1] + 0.25 * fake[1], rtol=1e-5, atol=1e-6
    )


def test_samples_around_real_images_move_with_the_spread_of_the_pixels():
    real, fake = _images(0), _images(1)
    alpha = tf.reshape([0.0, 0.5], (2, 1, 1, 1))
    noise = tf.random.stateless_uniform(real.shape, (0, 7))
    penalty = GradientPenalty(around_real=True)

    samples = penalty.samples(real, fake, alpha, _ALONE, noise)

    expected = real[1] + 0.5 * 0.5 * np.std(real) * noise[1]
    np.testing.assert_array_equal(samples[0], real[0])
    np.testing.assert_allclose(samples[1], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("around_real", [False, True])
def test_two_replicas_take_the_samples_of_one_device(mirrored, around_real):
    real, fake = _images(0), _images(1)
    noise = tf.random.stateless_uniform(real.shape, (0, 7))
    alpha = noise[:, :1, :1, :1]
    penalty = GradientPenalty(around_real=around_real)
    expected = penalty.samples(real, fake, alpha, _ALONE, noise)

    def part(array):
        return mirrored.experimental_distribute_values_from_function(
            lambda c: array[c.replica_id_in_sync_group :][:1]
        )

    samples = mirrored.run(
        lambda real, fake, alpha, noise: penalty.samples(
            real, fake, alpha, current_replica(), noise
        ),
        tuple(part(array) for array in (real, fake, alpha, noise)),
    )

    samples = np.concatenate(mirrored.experimental_local_results(samples))
    np.testing.assert_allclose(samples, expected, rtol=1e-5, atol=1e-6)
