import numpy as np
import pytest
import tensorflow as tf

from tests.test_case import TestCase
from tfragan.layers.replica_dropout import ReplicaDropout

_SHAPE = (4, 5, 5, 3)


def _normal(seed=0):
    return tf.random.stateless_normal(_SHAPE, (0, seed))


class TestReplicaDropout(TestCase):
    def test_contract(self):
        self.run_layer_test(
            ReplicaDropout,
            {"rate": 0.3},
            input_shapes=_SHAPE,
            expected_output_shape=_SHAPE,
            expected_trainable_weights=0,
            expected_non_trainable_weights=1,
        )

    def test_two_replicas_drop_what_one_device_drops(self, mirrored):
        self.run_layer_replica_test(
            lambda: ReplicaDropout(0.5), _normal(), mirrored
        )

    def test_nothing_is_dropped_in_inference(self):
        layer = ReplicaDropout(0.9)

        np.testing.assert_array_equal(layer(_normal()), _normal())
        assert int(layer.calls) == 0

    def test_the_mean_is_kept(self):
        values = ReplicaDropout(0.25)(tf.ones((400, 100)), training=True)

        np.testing.assert_allclose(np.unique(values), [0.0, 4 / 3], rtol=1e-6)
        np.testing.assert_allclose(np.mean(values), 1.0, atol=0.01)

    def test_each_call_and_each_seed_drops_others(self):
        layer, other = ReplicaDropout(0.5), ReplicaDropout(0.5, seed=1)

        masks = [
            np.equal(made(_normal(), training=True), 0.0)
            for made in (layer, layer, other)
        ]

        for one, two in ((0, 1), (0, 2), (1, 2)):
            assert 0.3 < np.mean(masks[one] == masks[two]) < 0.7

    def test_a_restored_layer_goes_on(self):
        layer, other = ReplicaDropout(0.5), ReplicaDropout(0.5)
        layer(_normal(), training=True)
        other.build(_SHAPE)
        other.set_weights(layer.get_weights())

        np.testing.assert_array_equal(
            layer(_normal(), training=True), other(_normal(), training=True)
        )

    @pytest.mark.parametrize("rate", [-0.1, 1.0])
    def test_other_rates_are_refused(self, rate):
        with pytest.raises(ValueError, match=f"rate={rate}"):
            ReplicaDropout(rate)
