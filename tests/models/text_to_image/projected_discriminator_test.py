"""Discriminators that see images through a pretrained network."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tests.test_case import TestCase
from tfragan.convert import image_encoder_weights
from tfragan.models.text_to_image.projected_discriminator import HeadOfSizes
from tfragan.models.text_to_image.projected_discriminator import MatchingHead
from tfragan.models.text_to_image.projected_discriminator import MixedFeatures
from tfragan.models.text_to_image.projected_discriminator import NormalizedStack
from tfragan.models.text_to_image.projected_discriminator import (
    ProjectedDiscriminator,
)


class TestProjectedDiscriminator(TestCase):
    def test_contract_of_the_stack(self):
        self.run_layer_test(
            NormalizedStack,
            {"width": 3},
            input_shapes=(2, 8, 8, 5),
            expected_output_shape=(2, 4, 4, 3),
            expected_trainable_weights=4,
            expected_non_trainable_weights=4,
        )

    def test_contract_of_the_heads(self):
        shapes = {
            "features": (2, 4, 4, 6),
            "sentence_embedding": (2, 5),
        }
        self.run_layer_test(
            MatchingHead,
            {},
            input_shapes=shapes,
            expected_output_shape=(2,),
            expected_trainable_weights=5,
            expected_non_trainable_weights=4,
            float32_outputs=(0,),
        )
        self.run_layer_test(
            HeadOfSizes,
            {"sizes": 2},
            input_shapes=shapes,
            expected_output_shape=(2, 2),
            expected_trainable_weights=10,
            expected_non_trainable_weights=8,
            float32_outputs=(0,),
        )


def test_mixing_reaches_all_sizes_and_does_not_learn():
    layer = MixedFeatures(width=2)
    maps = [tf.ones((1, 8, 8, 3)), tf.ones((1, 4, 4, 5)), tf.ones((1, 2, 2, 7))]
    mixed = layer(maps)
    assert [tuple(one.shape) for one in mixed] == [
        (1, 8, 8, 2),
        (1, 4, 4, 4),
        (1, 2, 2, 8),
    ]
    assert len(layer.weights) == 5
    assert not layer.trainable_weights
    # The largest map sees the smallest.
    changed = layer([maps[0], maps[1], 2.0 * maps[2]])
    assert not np.allclose(changed[0], mixed[0])


@pytest.fixture(scope="module")
def discriminator():
    discriminator = ProjectedDiscriminator(32, 6, width=2)
    discriminator.build()
    return discriminator


def _images(count=2, size=32):
    draw = np.random.default_rng(0)
    return tf.constant(draw.uniform(-1, 1, (count, size, size, 3)), tf.float32)


def test_each_size_has_a_score_whose_gradient_reaches_the_image(discriminator):
    images, sentence = _images(), tf.ones((2, 6))
    for place in range(4):
        with tf.GradientTape() as tape:
            tape.watch(images)
            scores = discriminator.head(discriminator(images), sentence)
            score = tf.reduce_sum(scores[:, place])
        assert scores.shape == (2, 4)
        assert np.abs(tape.gradient(score, images)).max() > 0


def test_the_sentence_decides_about_the_score(discriminator):
    features = discriminator(_images())
    one = discriminator.head(features, tf.ones((2, 6)))
    other = discriminator.head(features, -tf.ones((2, 6)))
    assert np.all(np.not_equal(one, other))


def test_the_network_is_that_of_the_package_and_not_saved(discriminator):
    frozen = discriminator._frozen.network
    held = {id(weight) for weight in discriminator.weights}
    assert held.isdisjoint(id(weight) for weight in frozen.weights)
    file = image_encoder_weights.efficientnet_package_file()
    tensors = image_encoder_weights.read_state_dict(file)
    np.testing.assert_array_equal(
        np.transpose(frozen.convolutions["stem"].kernel, (3, 2, 0, 1)),
        tensors["_conv_stem.weight"],
    )


def test_it_is_made_of_its_config(discriminator):
    same = ProjectedDiscriminator.from_config(discriminator.get_config())
    same.build()
    same.set_weights(discriminator.get_weights())
    np.testing.assert_array_equal(same(_images()), discriminator(_images()))


@pytest.fixture
def nothing_installed(monkeypatch):
    def missing():
        raise ImportError("no such package")

    name = "efficientnet_package_file"
    monkeypatch.setattr(image_encoder_weights, name, missing)


def test_without_its_weights_a_model_makes_images_and_does_not_train(
    nothing_installed,
):
    model = small_models.dfgan(projected=True, penalty_weight=0.0)
    model.compile()
    assert model.generate("a red bird").shape == (1, 32, 32, 3)
    with pytest.raises(ImportError, match="tfragan.efficientnet"):
        model.fit(small_models.batches(sizes=(32,)), steps_per_epoch=1)


def test_models_learn_from_it_and_are_saved(tmp_path):
    model = small_models.dfgan(projected=True, penalty_weight=0.0)
    model.compile()
    before = [x.numpy() for x in model.discriminator.trainable_variables]
    frozen = model.discriminator._frozen.network
    kept = [x.numpy() for x in frozen.weights]
    data = small_models.batches(sizes=(32,), near_misses=2)
    history = model.fit(data, steps_per_epoch=2, verbose=0).history
    assert np.isfinite(history["discriminator_loss"]).all()
    after = model.discriminator.trainable_variables
    for old, new in zip(before, after, strict=True):
        # A bias that all scores share has no slope while they are small.
        if not new.path.endswith("logit/convolution/bias"):
            assert np.not_equal(old, new).any(), new.path
    for old, new in zip(kept, frozen.weights, strict=True):
        np.testing.assert_array_equal(old, new)
    preset = model.save_to_preset(tmp_path / "preset")
    same = type(model).from_preset(preset)
    assert same.projected
    np.testing.assert_array_equal(
        same.generate("a red bird"), model.generate("a red bird")
    )
    features = [
        one.discriminator(_images(), training=False) for one in (same, model)
    ]
    np.testing.assert_array_equal(*features)


def test_losses_of_sizes_are_means(discriminator):
    from tfragan.distribution import current_replica
    from tfragan.models.text_to_image import one_stage_losses

    class Head(keras.layers.Layer):
        """The same score once, or four times."""

        def __init__(self, count):
            super().__init__()
            self.count = count

        def call(self, features, sentence):
            score = tf.reduce_sum(features * sentence, -1)
            return score if self.count == 1 else tf.stack([score] * 4, -1)

    draw = np.random.default_rng(0)
    real, fake, sentence, near = (
        tf.constant(draw.normal(size=(3, 5)), tf.float32) for _ in range(4)
    )
    misses = {
        "sentence": tf.stack([near, near], 1),
        "usable": tf.constant([[True, True], [False, False], [True, True]]),
    }
    one, four = (
        one_stage_losses.discriminator_terms(
            Head(count),
            real,
            fake,
            sentence,
            "next",
            current_replica(),
            misses,
        )
        for count in (1, 4)
    )
    for name in ("real", "wrong", "fake"):
        np.testing.assert_allclose(four[name], one[name], rtol=1e-6)
