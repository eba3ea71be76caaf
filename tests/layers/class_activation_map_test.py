import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.test_case import TestCase
from tfragan.layers.class_activation_map import ClassActivationMap
from tfragan.layers.class_activation_map import DomainClassifier


def images(*shape, seed=0):
    draw = np.random.default_rng(seed).standard_normal
    return draw(shape).astype("float32")


FORMS = [
    {},
    {"negative_slope": 0.2, "spectral_normalization": True},
    {"shared": True},
    {
        "shared": True,
        "negative_slope": 0.2,
        "spectral_normalization": True,
        "reweighting": "normalized",
        "keep_v": False,
    },
]


class TestDomainClassifier(TestCase):
    @pytest.mark.parametrize("use_bias", [True, False])
    def test_contract(self, use_bias):
        self.run_layer_test(
            DomainClassifier,
            {"use_bias": use_bias},
            input_shapes=(2, 6),
            expected_output_shape=(2, 1),
            expected_trainable_weights=1 + use_bias,
            float32_outputs=(0,),
        )


class TestClassActivationMap(TestCase):
    @pytest.mark.parametrize(
        ("form", "weights", "vectors"),
        list(zip(FORMS, (4, 4, 4, 4), (0, 4, 0, 1), strict=True)),
    )
    def test_contract(self, form, weights, vectors):
        self.run_layer_test(
            ClassActivationMap,
            form,
            input_shapes=(2, 3, 4, 6),
            expected_output_shape=[(2, 2), (2, 3, 4, 6), (2, 3, 4, 1)],
            expected_trainable_weights=weights,
            expected_non_trainable_weights=vectors,
            float32_outputs=(0, 2),
        )

    @pytest.mark.parametrize("form", FORMS)
    def test_replicas_equal_one_device(self, mirrored, form):
        self.run_layer_replica_test(
            lambda: ClassActivationMap(**form),
            images(5, 3, 4, 6),
            mirrored,
            split=2,
        )

    @pytest.mark.parametrize("shared", [False, True])
    @pytest.mark.parametrize("size", [(2, 2), (4, 5)])
    def test_it_is_the_published_formula(self, shared, size):
        # Fewer positions than channels, then more: two ways to compute it.
        x = images(2, *size, 6)
        layer = ClassActivationMap(
            shared=shared, negative_slope=0.2, bias_initializer="ones"
        )
        layer.build(x.shape)
        if shared:
            layer.classifiers[0].bias.assign([0.7])
        cam_logit, features, heat_map = layer(x)

        first, last = layer.classifiers[0], layer.classifiers[-1]
        bias = 0.7 if shared else 0.0
        logits = [
            x.mean((1, 2)) @ first.kernel.numpy() + bias,
            x.max((1, 2)) @ last.kernel.numpy() + bias,
        ]
        np.testing.assert_allclose(
            cam_logit, np.concatenate(logits, -1), atol=1e-5
        )
        weighted = [x * (c.kernel.numpy()[:, 0] + bias) for c in (first, last)]
        fused = np.concatenate(weighted, -1) @ layer.fusion.kernel.numpy()[0, 0]
        fused += 1.0
        expected = np.where(fused > 0, fused, 0.2 * fused)
        np.testing.assert_allclose(features, expected, atol=1e-5)
        np.testing.assert_allclose(
            heat_map, expected.sum(-1, keepdims=True), atol=1e-5
        )

    @pytest.mark.parametrize("reweighting", ["stored", "normalized"])
    def test_the_channels_are_weighted_as_asked(self, reweighting):
        x = images(2, 4, 4, 6)
        normalized = ClassActivationMap(
            spectral_normalization=True, reweighting=reweighting
        )
        normalized.build(x.shape)
        for classifier in normalized.classifiers:
            classifier.kernel.assign(3.0 * classifier.kernel)
        logits, features, _ = normalized(x, training=True)
        plain = ClassActivationMap()
        plain.build(x.shape)
        plain.fusion.set_weights(normalized.fusion.get_weights())
        pairs = list(
            zip(plain.classifiers, normalized.classifiers, strict=True)
        )
        for one, other in pairs:
            kernel = other.kernel.numpy()
            one.kernel.assign(kernel / np.linalg.norm(kernel))
        np.testing.assert_allclose(plain(x)[0], logits, atol=1e-5)
        if reweighting == "stored":
            for one, other in pairs:
                one.kernel.assign(other.kernel)
        np.testing.assert_allclose(plain(x)[1], features, atol=1e-5)

    @pytest.mark.parametrize("form", [FORMS[1], FORMS[3]])
    @pytest.mark.parametrize("size", [2, 4])
    def test_two_passes_equal_one_after_the_other(self, form, size):
        real, fake = images(3, size, size, 6), images(3, size, size, 6, seed=1)
        single = ClassActivationMap(**form)
        single.build(real.shape)
        joint = ClassActivationMap(**form)
        joint.build(real.shape)
        joint.set_weights(single.get_weights())
        expected = [single(x, training=True) for x in (real, fake)]
        both = tf.concat([real, fake], 0)
        got = joint(both, training=True, passes=2)
        for one, *parts in zip(got, *expected, strict=True):
            assert_close(one, tf.concat(parts, 0), 1e-5)
        for one, other in zip(single.weights, joint.weights, strict=True):
            assert_close(other.numpy(), one.numpy(), 1e-6, one.path)

    def test_wrong_arguments_are_refused(self):
        with pytest.raises(ValueError, match="reweighting='raw'"):
            ClassActivationMap(reweighting="raw")
