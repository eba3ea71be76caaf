"""The image encoder that is trained from scratch."""

import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.test_case import TestCase
from tfragan.models.damsm.small_image_encoder import SmallImageEncoder


class TestSmallImageEncoder(TestCase):
    def test_contract(self):
        self.run_layer_test(
            SmallImageEncoder,
            {"embedding_dim": 6, "input_size": 16, "width": 4},
            input_shapes=(4, 16, 16, 3),
            expected_output_shape=((4, 8, 8, 6), (4, 6)),
            expected_trainable_weights=4 * 3 + 3,
            expected_non_trainable_weights=4 * 2,
        )

    def test_two_replicas_equal_one_device(self, mirrored):
        random = np.random.default_rng(0)
        images = random.uniform(-1, 1, (6, 16, 16, 3)).astype("float32")
        self.run_layer_replica_test(
            lambda: SmallImageEncoder(5, input_size=16, width=4, name="tested"),
            images,
            mirrored,
            split=2,
            tolerance=5e-5,
        )


@pytest.mark.parametrize(
    ("input_size", "region_size", "expected"),
    [(16, None, 8), (32, None, 8), (64, None, 8), (64, 16, 16), (12, 6, 6)],
)
def test_regions_form_the_chosen_map(input_size, region_size, expected):
    encoder = SmallImageEncoder(4, input_size, region_size, width=4)
    images = np.zeros((2, input_size, input_size, 3), "float32")
    regions, image = encoder(images)
    assert regions.shape == (2, expected, expected, 4)
    assert image.shape == (2, 4)


def test_images_of_other_sizes_are_averaged_down():
    encoder = SmallImageEncoder(4, input_size=16, width=4)
    random = np.random.default_rng(0)
    small = random.uniform(-1, 1, (2, 16, 16, 3)).astype("float32")
    # Smooth enough that enlarging and shrinking gives it back.
    small = tf.image.resize(small[:, ::8, ::8], (16, 16), "bicubic")
    large = tf.image.resize(small, (64, 64), "bicubic")
    for one, other in zip(encoder(large), encoder(small), strict=True):
        assert_close(one, other, 0.05)


def test_a_region_looks_at_its_own_place():
    encoder = SmallImageEncoder(4, input_size=64, width=4)
    image = tf.Variable(tf.random.stateless_normal((1, 64, 64, 3), (0, 1)))
    with tf.GradientTape() as tape:
        regions, _ = encoder(image)
        score = tf.reduce_sum(regions[0, 2, 5] ** 2)
    gradient = np.abs(tape.gradient(score, image))
    seen = np.argwhere(gradient[0].sum(-1) > 0)
    center = (seen.min(0) + seen.max(0)) / 2
    np.testing.assert_array_equal(center, [2 * 8 + 3.5, 5 * 8 + 3.5])


def test_a_few_steps_tell_colors_apart():
    random = np.random.default_rng(0)
    colors = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], "float32")
    labels = random.integers(0, 3, 24)
    images = np.full((24, 16, 16, 3), -1.0, "float32")
    for image, label in zip(images, labels, strict=True):
        row, column = random.integers(0, 9, 2)
        image[row : row + 7, column : column + 7] = colors[label]
    encoder = SmallImageEncoder(3, input_size=16, width=4)
    encoder.build((None, None, None, 3))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            _, logits = encoder(images, training=True)
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            )
        weights = [
            *encoder.trunk.trainable_weights,
            *encoder.image_projection.trainable_weights,
        ]
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.assign_sub(0.3 * gradient)
        return loss

    losses = [float(step()) for _ in range(60)]
    assert losses[-1] < 0.2 * losses[0], losses
    found = np.argmax(encoder(images)[1], axis=1)
    assert np.mean(found == labels) > 0.9


@pytest.mark.parametrize(
    "arguments",
    [
        {"input_size": 48, "region_size": 32},
        {"input_size": 64, "region_size": 64},
        {"input_size": 64, "region_size": 0},
        {"input_size": 6, "region_size": 3},
        {"embedding_dim": 0},
    ],
)
def test_bad_arguments_are_refused(arguments):
    with pytest.raises(ValueError, match="Received"):
        SmallImageEncoder(**arguments)
