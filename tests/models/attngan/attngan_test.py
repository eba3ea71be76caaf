import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tests.test_case import TestCase
from tfragan.distribution import replica_normal
from tfragan.distribution.replicas import Replica

CAPTIONS = ["a red bird with blue wings", "fish", "", "unknown words only"]


class TestAttnGAN(TestCase):
    # Two workers train it in a graph, see `multi_worker_test.py`.
    @pytest.mark.usefixtures("eager")
    def test_it_fits_saves_and_reloads(self, tmp_path):
        self.run_model_test(
            small_models.compiled_attngan,
            small_models.batches,
            lambda model: model.generate(CAPTIONS, return_attention_maps=True),
            tmp_path,
        )

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(
            small_models.compiled_attngan, small_models.batches
        )

    def test_two_replicas_equal_one_device(self, mirrored):
        self.run_model_replica_test(
            small_models.compiled_attngan,
            functools.partial(small_models.batches, near_misses=2),
            mirrored,
            tolerance=2e-4,
            eager=True,
        )

    def test_one_image_variant_trains(self):
        model = small_models.attngan(dcgan=True)
        model.compile(run_eagerly=True)
        history = model.fit(
            small_models.batches(), steps_per_epoch=1, verbose=0
        )
        assert len(model.discriminators) == 1
        assert np.isfinite(history.history["generator_loss"]).all()


def test_replicas_draw_different_noise_that_one_device_draws_too():
    whole = replica_normal((4, 3), 0, tf.constant(5), 1, Replica(1, 0))
    halves = [
        replica_normal((2, 3), 0, tf.constant(5), 1, Replica(2, index))
        for index in (0, 1)
    ]
    assert not np.allclose(halves[0], halves[1])
    np.testing.assert_array_equal(tf.concat(halves, 0), whole)


def _update(model, run):
    batch = next(iter(small_models.batches()))
    words, sentence = model.damsm.text_encoder(batch["token_ids"])
    noise = tf.random.stateless_normal((4, 5), (1, 2))
    condition_noise = tf.random.stateless_normal((4, 3), (3, 4))

    def update(batch, condition):
        return model.update_networks(batch, condition, Replica(1, 0))

    condition = {
        "words": words,
        "sentence": sentence,
        "noise": noise,
        "condition_noise": condition_noise,
    }
    return run(update)(batch, condition)


def test_compiled_by_xla_an_update_gives_the_same_weights():
    models = [small_models.compiled_attngan() for _ in range(2)]
    start = models[0].get_weights()
    models[1].set_weights(start)
    compiled = functools.partial(tf.function, jit_compile=True, autograph=False)
    eager = lambda update: update  # noqa: E731
    losses = [_update(models[0], eager), _update(models[1], compiled)]
    for name, value in losses[0].items():
        np.testing.assert_allclose(losses[1][name], value, rtol=1e-4)
    for before, one, other in zip(
        start, *(model.get_weights() for model in models), strict=True
    ):
        # Rounding decides the sign of a step where a gradient is zero.
        change = np.abs(one - before).mean()
        assert np.abs(other - one).mean() <= 0.02 * change + 1e-6


@pytest.mark.slow
def test_fit_compiles_the_step_by_xla_when_asked():
    model = small_models.compiled_attngan(jit_compile=True)
    history = model.fit(small_models.batches(), steps_per_epoch=2, verbose=0)
    assert np.isfinite(history.history["generator_loss"]).all()
    assert int(model.global_step.numpy()) == 2


def test_xla_on_several_replicas_is_refused(mirrored):
    with mirrored.scope():
        model = small_models.attngan()
        with pytest.raises(ValueError, match="jit_compile=True on 2 replicas"):
            model.compile(jit_compile=True)


@pytest.mark.usefixtures("eager")
def test_an_image_depends_on_its_own_caption_and_seed_only():
    model = small_models.attngan()
    together = model.generate(CAPTIONS, seed=[7, 8, 9, 10])
    for index, caption in enumerate(CAPTIONS):
        alone = model.generate([caption], seed=[7 + index])
        np.testing.assert_array_equal(alone[0], together[index])
    again = model.generate(CAPTIONS, seed=7)
    np.testing.assert_array_equal(again, together)
    assert not np.array_equal(model.generate("fish", 1), together[1:2])


@pytest.mark.usefixtures("eager")
def test_generated_images_and_maps_have_their_shapes():
    model = small_models.attngan()
    images, maps = model.generate(CAPTIONS, return_attention_maps=True)
    assert images.dtype == np.uint8
    assert images.shape == (4, 32, 32, 3)
    assert [m.shape for m in maps] == [(4, 16, 16, 6)]
    sums = maps[0].sum(-1)
    np.testing.assert_allclose(sums[:2], 1.0, atol=1e-5)
    np.testing.assert_array_equal(sums[2:], 0.0)


def test_seeds_of_another_number_are_refused():
    with pytest.raises(ValueError, match="3 seeds for 4 captions"):
        small_models.attngan().generate(CAPTIONS, seed=[1, 2, 3])


def test_the_first_invalid_loss_is_remembered_with_its_step():
    model = small_models.attngan()
    model.compile(loss_limit=1e-3, run_eagerly=True)
    model.fit(small_models.batches(), steps_per_epoch=2, verbose=0)
    invalid = {name: step for name, step, _ in model.invalid_losses()}
    assert invalid["generator_loss"] == 1


def _divergence(**kwargs):
    keras.utils.set_random_seed(0)
    model = small_models.attngan(**kwargs)
    model.compile(run_eagerly=True)
    data = small_models.batches(steps=1)
    history = model.fit(data, steps_per_epoch=1, verbose=0).history
    return history["loss/kl"][0]


def test_the_divergence_weighs_as_it_is_told():
    half = _divergence(kl_weight=0.5)
    assert half == pytest.approx(_divergence() / 2)


def test_without_divergence_a_condition_is_its_mean():
    seeds = tf.range(3)
    _, condition = small_models.attngan().draw_noise(seeds)
    assert np.any(condition)
    model = small_models.attngan(kl_weight=0.0)
    noise, condition = model.draw_noise(seeds)
    assert np.any(noise)
    assert not np.any(condition)
    batch = next(iter(small_models.batches(steps=1)))
    drawn, _ = model.prepare_step(batch, Replica(1, 0), training=True)
    assert not np.any(drawn["condition_noise"])
