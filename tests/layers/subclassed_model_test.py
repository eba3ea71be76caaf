"""Layers of the package in a subclassed Keras model of somebody else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import policy_of_the_session
from tfragan.layers import AdaptiveLayerInstanceNormalization
from tfragan.layers import BatchNormalization
from tfragan.layers import ClassActivationMap
from tfragan.layers import SpectralNormalization
from tfragan.layers import UpsampleConvolution
from tfragan.layers import WordContextAttention

_BATCH = {
    "image": np.random.default_rng(0).normal(size=(4, 8, 8, 3)),
    "words": np.random.default_rng(1).normal(size=(4, 5, 6)),
}
_BATCH = {name: value.astype("float32") for name, value in _BATCH.items()}
_TARGETS = np.random.default_rng(2).normal(size=(4, 16, 16, 3))


@keras.saving.register_keras_serializable(package="tests")
class AttentiveUpsampler(keras.Model):
    """What a user might write."""

    def __init__(self, width=6, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.features = SpectralNormalization(
            keras.layers.Conv2D(width, 3, padding="same")
        )
        self.batch_normalization = BatchNormalization()
        self.activation_map = ClassActivationMap()
        self.scale = keras.layers.Dense(width)
        self.normalization = AdaptiveLayerInstanceNormalization()
        self.attention = WordContextAttention()
        self.upsample = UpsampleConvolution(width, "glorot_uniform")
        self.image = keras.layers.Conv2D(3, 3, padding="same", dtype="float32")

    def call(self, inputs, training=False):
        words = tf.cast(inputs["words"], self.compute_dtype)
        x = self.features(inputs["image"], training=training)
        x = self.batch_normalization(x, training=training)
        _, x, _ = self.activation_map(x, training=training)
        scale = self.scale(tf.reduce_mean(words, 1))
        x = self.normalization(x, scale, scale)
        context, _ = self.attention(x, words)
        return self.image(self.upsample(x + context))

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_it_learns_and_is_saved(policy, tmp_path):
    with policy_of_the_session(policy):
        model = AttentiveUpsampler()
        model.compile("adam", "mse")
        losses = model.fit(_BATCH, _TARGETS, epochs=4, verbose=0).history[
            "loss"
        ]
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")

    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(loaded(_BATCH), model(_BATCH))


def test_two_replicas_learn_as_one(mirrored):
    def learned(model):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(_BATCH, _TARGETS, batch_size=4, verbose=0)
        return model.get_weights()

    single = AttentiveUpsampler()
    single(_BATCH)
    with mirrored.scope():
        double = AttentiveUpsampler()
        double(_BATCH)
    double.set_weights(single.get_weights())

    for one, other in zip(learned(single), learned(double), strict=True):
        np.testing.assert_allclose(one, other, 1e-4, 1e-5)
