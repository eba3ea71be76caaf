import numpy as np
import pytest
import tensorflow as tf

from tests.models.translation.small_translators import batches
from tests.models.translation.small_translators import compiled
from tests.models.translation.small_translators import photos
from tests.models.translation.small_translators import ugatit
from tests.test_case import TestCase
from tfragan.distribution import Replica
from tfragan.models import UGATIT
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images


def sample(model):
    images, heat_maps = model.translate(photos(), "ba", return_heat_maps=True)
    return [images, heat_maps, model.translate(photos(), "ab")]


class TestUGATIT(TestCase):
    # Processes of their own train it in a graph, see `resume_test.py`.
    @pytest.mark.usefixtures("eager")
    @pytest.mark.parametrize("variant", ["pytorch", "tensorflow1"])
    def test_training_moves_all_weights_and_presets_keep_them(
        self, tmp_path, variant
    ):
        model = self.run_model_test(
            compiled(ugatit, variant=variant),
            batches,
            sample,
            tmp_path,
            # Clipped to [0, 1], where it starts in one of the variants.
            may_stay=lambda path: path.endswith("rho"),
        )
        for generator in (model.generator_ab, model.generator_ba):
            for rho in generator.rho_variables:
                assert 0.0 <= rho.numpy().min() <= rho.numpy().max() <= 1.0

    @pytest.mark.usefixtures("eager")
    def test_full_mode_trains(self, tmp_path):
        make = compiled(ugatit, light=False)
        self.run_model_test(make, batches, sample, tmp_path)

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(compiled(ugatit), batches)

    @pytest.mark.parametrize(
        "adversarial_loss",
        ["lsgan", pytest.param("dragan", marks=pytest.mark.slow)],
    )
    def test_two_replicas_equal_one_device(self, mirrored, adversarial_loss):
        self.run_model_replica_test(
            compiled(ugatit, adversarial_loss=adversarial_loss),
            batches,
            mirrored,
            tolerance=2e-5,
            update_tolerance=0.02,
            eager=adversarial_loss == "lsgan",
        )

    @pytest.mark.parametrize(
        "adversarial_loss",
        ["hinge", pytest.param("wgan-lp", marks=pytest.mark.slow)],
    )
    def test_other_adversarial_losses_train(self, adversarial_loss):
        model = compiled(
            ugatit, adversarial_loss=adversarial_loss, eager=True
        )()
        history = model.fit(batches(), steps_per_epoch=1, verbose=0).history
        assert np.isfinite(history["discriminator_loss"]).all()

    def test_recomputed_activations_give_the_same_step(self):
        start, results = None, []
        for recompute in (False, True):
            model = compiled(ugatit, recompute=recompute, eager=True)()
            start = start or model.get_weights()
            model.set_weights(start)
            model.fit(batches(), steps_per_epoch=1, verbose=0)
            results.append(model.get_weights())
        for one, other in zip(*results, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_discriminators_move_more_often_with_critic_steps(self):
        model = compiled(ugatit, critic_steps=2, eager=True)()
        model.fit(batches(batch_size=4), steps_per_epoch=2, verbose=0)
        assert int(model.global_step.numpy()) == 2
        assert int(model.generator_optimizer.iterations.numpy()) == 2
        assert int(model.discriminator_optimizer.iterations.numpy()) == 4

    @pytest.mark.usefixtures("eager")
    def test_one_generator_of_a_preset_translates_like_the_model(
        self, tmp_path
    ):
        model = ugatit(light=False)
        model.save_to_preset(tmp_path / "preset")
        for direction in ("ab", "ba"):
            generator = load_generator(tmp_path / "preset", direction)
            assert generator is not model.generator_of(direction)
            np.testing.assert_array_equal(
                translate_images(generator, photos()),
                model.translate(photos(), direction),
            )

    @pytest.mark.usefixtures("eager")
    def test_light_generators_take_any_size_and_full_ones_their_own(self):
        images = photos(size=32)
        assert ugatit().translate(images).shape == images.shape
        with pytest.raises(ValueError, match="of 24x24 pixels"):
            ugatit(light=False).translate(images)

    @pytest.mark.usefixtures("eager")
    def test_two_batches_are_translated_like_one(self):
        model = ugatit()
        one = model.translate(photos(), batch_size=3)
        other = model.translate(photos(), batch_size=2)
        assert np.abs(one.astype(int) - other).max() <= 1

    def test_images_are_refused_unless_they_are_pixels(self):
        with pytest.raises(ValueError, match="must be uint8"):
            ugatit().translate(photos().astype("float32"))
        with pytest.raises(ValueError, match="direction must be"):
            ugatit().translate(photos(), "a2b")

    def test_each_image_passes_the_discriminators_as_often_as_published(self):
        # The vectors of spectral normalization tell how often.
        model = compiled(ugatit)()
        network = model.discriminators_of("a")["local"]
        batch = next(iter(batches()))
        vectors = _vectors(network)
        model.update_networks(batch, {}, Replica(1, 0))
        after_step = _vectors(network)
        assert not np.allclose(vectors, after_step)

    def test_published_losses_are_large_but_allowed(self):
        model = compiled(ugatit)()
        assert model.loss_limit >= 1e5

    def test_a_batch_is_described(self):
        spec = ugatit().batch_spec(3)
        assert spec["images_a"].shape == (3, 24, 24, 3)
        assert set(spec) == {"images_a", "images_b"}

    def test_parameters_are_as_many_as_published(self):
        # Counted without making 670 million weights: a narrow light model
        # of the published depth has a known count too.
        model = UGATIT(image_size=96, light=True, width=4)
        counts = {
            name: sum(
                int(np.prod(weight.shape))
                for weight in network.trainable_weights
            )
            for name, network in model.networks().items()
        }
        assert counts["generator_ab"] == counts["generator_ba"]
        assert counts["discriminator_a_local"] == _judge_weights(4, 5)
        assert counts["discriminator_b_global"] == _judge_weights(4, 7)


def _judge_weights(width, layers):
    """Weights of a published discriminator, counted from its table."""
    widths = [width << level for level in range(layers - 1)]
    total = 0
    for before, after in zip([3, *widths], widths, strict=False):
        total += 16 * before * after + after
    last = widths[-1]
    return total + 2 * last + 2 * last * last + last + 16 * last


def _vectors(network):
    return np.concatenate(
        [w.numpy().ravel() for w in network.non_trainable_weights]
    )


def test_ugatit_keeps_its_arguments():
    model = ugatit(cycle_weight=3.0, smoothing=False, variant="tensorflow1")
    copy = UGATIT.from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    assert tf.nest.map_structure(lambda w: w.shape, copy.weights) == [
        weight.shape for weight in model.weights
    ]
