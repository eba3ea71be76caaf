import numpy as np
import tensorflow as tf

from tests.test_case import TestCase
from tfragan.layers.conditioning_augmentation import ConditioningAugmentation


def normal(shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


class TestConditioningAugmentation(TestCase):
    def test_contract(self):
        self.run_layer_test(
            ConditioningAugmentation,
            {"condition_dim": 3, "kernel_initializer": "glorot_uniform"},
            input_data={
                "sentence_embedding": normal((4, 6)),
                "noise": normal((4, 3), 1),
            },
            expected_output_shape=[(4, 3)] * 3,
            expected_trainable_weights=2,
            float32_outputs=(0, 1, 2),
        )

    def test_replicas_equal_one_device(self, mirrored):
        self.run_layer_replica_test(
            lambda: ConditioningAugmentation(3),
            [normal((5, 6)), normal((5, 3), 1)],
            mirrored,
        )

    def test_mean_and_log_variance_are_gated_projections(self):
        layer = ConditioningAugmentation(2)
        sentence = normal((3, 5))
        _, mean, log_variance = layer(sentence, np.zeros((3, 2), "float32"))
        layer.projection.bias.assign(normal((8,), 2))
        _, mean, log_variance = layer(sentence, np.zeros((3, 2), "float32"))
        features = sentence @ layer.projection.kernel.numpy()
        features += layer.projection.bias.numpy()
        gates = 1.0 / (1.0 + np.exp(-features[:, 4:]))
        np.testing.assert_allclose(
            mean, features[:, :2] * gates[:, :2], atol=1e-5
        )
        np.testing.assert_allclose(
            log_variance, features[:, 2:4] * gates[:, 2:], atol=1e-5
        )

    def test_noise_is_scaled_by_the_standard_deviation(self):
        layer = ConditioningAugmentation(4)
        sentence, noise = normal((3, 5)), normal((3, 4), 1)
        condition, mean, log_variance = layer(sentence, noise)
        expected = mean + noise * np.exp(0.5 * log_variance.numpy())
        np.testing.assert_allclose(condition, expected, atol=1e-5)
        condition, mean, _ = layer(sentence, tf.zeros((3, 4)))
        np.testing.assert_array_equal(condition, mean)

    def test_the_same_noise_gives_the_same_condition(self):
        layer = ConditioningAugmentation(4)
        sentence, noise = normal((3, 5)), normal((3, 4), 1)
        whole = layer(sentence, noise)[0]
        np.testing.assert_array_equal(layer(sentence, noise)[0], whole)
        alone = layer(sentence[1:2], noise[1:2])[0]
        np.testing.assert_allclose(alone, whole[1:2], atol=1e-6)
