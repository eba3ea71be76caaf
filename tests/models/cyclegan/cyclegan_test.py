import numpy as np
import pytest
import tensorflow as tf

from tests.models.translation.small_translators import batches
from tests.models.translation.small_translators import compiled
from tests.models.translation.small_translators import cyclegan
from tests.models.translation.small_translators import photos
from tests.test_case import TestCase
from tfragan.distribution import Replica
from tfragan.models import CycleGAN
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images


def sample(model):
    return [model.translate(photos(), way) for way in ("ab", "ba")]


class TestCycleGAN(TestCase):
    # Its replicas train in a graph.
    @pytest.mark.usefixtures("eager")
    def test_training_moves_all_weights_and_presets_keep_them(self, tmp_path):
        self.run_model_test(compiled(cyclegan), batches, sample, tmp_path)

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(compiled(cyclegan), batches)

    def test_two_replicas_equal_one_device_beyond_a_full_pool(self, mirrored):
        single, double = self.run_model_replica_test(
            compiled(cyclegan),
            batches,
            mirrored,
            steps=4,
            tolerance=5e-5,
            update_tolerance=0.02,
            moved_by_noise=_in_front_of_a_normalization,
        )
        for domain in "ab":
            np.testing.assert_allclose(
                single.pools[domain].images.numpy(),
                double.pools[domain].images.numpy(),
                atol=1e-4,
            )

    def test_without_identities_no_such_loss_is_reported(self):
        model = compiled(cyclegan, identity_weight=0.0, eager=True)()
        history = model.fit(batches(), steps_per_epoch=1, verbose=0).history
        assert not [name for name in history if "identity" in name]

    def test_losses_are_those_of_the_paper(self):
        model = compiled(cyclegan, pool_size=0)()
        batch = next(iter(batches()))
        expected = _losses_by_definition(model, batch)
        losses = model.update_networks(batch, {}, Replica(1, 0))
        for name, value in expected.items():
            np.testing.assert_allclose(losses[name], value, rtol=1e-4)

    def test_generators_move_before_the_discriminators(self):
        model = compiled(cyclegan, pool_size=0)()
        batch = next(iter(batches()))
        before = model.generator_ba(batch["images_b"])["image"]
        judge = model.discriminators_of("a")["patch"]
        expected = _mean_square(judge(before) - 1.0)
        losses = model.update_networks(batch, {}, Replica(1, 0))
        # Judged by a discriminator that had not moved yet.
        np.testing.assert_allclose(
            losses["loss/adversarial_a"], expected, rtol=1e-5
        )

    def test_presets_leave_the_pool_out_and_checkpoints_keep_it(self):
        model = compiled(cyclegan)()
        assert not [name for name in model.preset_parts() if "pool" in name]
        items = model.checkpoint_items()
        assert items["pool_a"] is model.pools["a"]

    @pytest.mark.usefixtures("eager")
    def test_one_generator_of_a_preset_translates_like_the_model(
        self, tmp_path
    ):
        model = cyclegan()
        model.save_to_preset(tmp_path / "preset")
        generator = load_generator(tmp_path / "preset", "ba")
        np.testing.assert_array_equal(
            translate_images(generator, photos()),
            model.translate(photos(), "ba"),
        )
        with pytest.raises(ValueError, match="no heat maps"):
            translate_images(generator, photos(), return_heat_maps=True)

    def test_a_gradient_penalty_is_refused(self):
        with pytest.raises(ValueError, match="lsgan, gan or hinge"):
            cyclegan(adversarial_loss="wgan-gp")

    def test_images_too_small_to_judge_are_refused(self):
        with pytest.raises(ValueError, match="at least 24 pixels"):
            CycleGAN(image_size=16, width=2, discriminator_width=2)

    def test_it_comes_back_from_its_config(self):
        model = cyclegan(pool_size=7, dropout=0.5)
        copy = CycleGAN.from_config(model.get_config())
        assert copy.get_config() == model.get_config()


def _in_front_of_a_normalization(path):
    network, layer = path.split("/")[:2]
    if not path.endswith("bias"):
        return False
    if network.startswith("generator"):
        return layer != "output"
    return layer not in _without_normalization(network)


def _without_normalization(network):
    judge = cyclegan().discriminators_of(network[-1])["patch"]
    convolutions = [bias for bias in judge.weights if bias.name == "bias"]
    ends = (convolutions[0], convolutions[-1])
    return [bias.path.split("/")[1] for bias in ends]


def _losses_by_definition(model, batch):
    a, b = batch["images_a"], batch["images_b"]
    to_b = lambda x: model.generator_ab(x)["image"]  # noqa: E731
    to_a = lambda x: model.generator_ba(x)["image"]  # noqa: E731
    judge_a = model.discriminators_of("a")["patch"]
    judge_b = model.discriminators_of("b")["patch"]
    cycle_a, cycle_b = _l1(to_a(to_b(a)), a), _l1(to_b(to_a(b)), b)
    adversarial = _mean_square(judge_a(to_a(b)) - 1.0) + _mean_square(
        judge_b(to_b(a)) - 1.0
    )
    return {
        "loss/cycle_a": cycle_a,
        "loss/cycle_b": cycle_b,
        "generator_loss": adversarial
        + 10.0 * (cycle_a + cycle_b)
        + 5.0 * (_l1(to_a(a), a) + _l1(to_b(b), b)),
        "discriminator_loss": 0.5
        * (
            _mean_square(judge_a(a) - 1.0)
            + _mean_square(judge_a(to_a(b)))
            + _mean_square(judge_b(b) - 1.0)
            + _mean_square(judge_b(to_b(a)))
        ),
    }


def _l1(x, y):
    return tf.reduce_mean(tf.abs(x - y))


def _mean_square(x):
    return tf.reduce_mean(tf.square(x))
