import numpy as np

from tests.models import small_models
from tests.test_case import TestCase
from tfragan.distribution import Replica


def _batches():
    return small_models.batches(sizes=(16,))


def _sample(model):
    images = np.arange(2 * 16 * 16 * 3).reshape(2, 16, 16, 3) % 255
    return (
        model.encode_captions(["a red bird", "", "fish"]),
        model.encode_images(images.astype("uint8")),
    )


class TestDAMSM(TestCase):
    def test_it_fits_saves_and_reloads(self, tmp_path):
        self.run_model_test(
            small_models.compiled_damsm, _batches, _sample, tmp_path
        )

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(small_models.compiled_damsm, _batches)

    def test_two_replicas_equal_one_device(self, mirrored):
        self.run_model_replica_test(
            small_models.compiled_damsm,
            lambda: small_models.batches(sizes=(16,), near_misses=2),
            mirrored,
            tolerance=2e-4,
        )


def test_near_misses_are_further_wrong_captions_of_each_image():
    model = small_models.damsm()
    (batch,) = small_models.batches(1, sizes=(16,), near_misses=2).take(1)
    near_misses = model.encode_near_misses(batch)
    usable = [[False] * 2, [True] * 2, [True] * 2, [True] * 2]
    assert near_misses["usable"].numpy().tolist() == usable
    second = model.text_encoder(batch["near_miss_ids"][:, 1])[1]
    np.testing.assert_allclose(
        near_misses["sentence"][:, 1], second, rtol=1e-5, atol=1e-6
    )
    made = model(batch)

    def terms(near_misses):
        return model.matching_terms(
            made["word_embeddings"],
            made["sentence_embedding"],
            batch["token_ids"],
            made["region_features"],
            made["image_embedding"],
            batch["class_ids"],
            Replica(1, 0),
            near_misses=near_misses,
        )

    without = terms(None)
    for part, (to_text, to_image) in terms(near_misses).items():
        assert float(to_text) > float(without[part][0])
        assert float(to_image) == float(without[part][1])
    batch.pop("near_miss_ids")
    assert model.encode_near_misses(batch) is None


def test_losses_of_held_out_pairs_move_nothing():
    model = small_models.compiled_damsm()
    before = model.text_encoder.get_weights()
    losses = model.evaluate(_batches().take(2), verbose=0, return_dict=True)
    for one, other in zip(
        before, model.text_encoder.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    parts = sum(v for k, v in losses.items() if k.startswith("loss/"))
    np.testing.assert_allclose(losses["damsm_loss"], parts, rtol=1e-5)
    assert int(model.global_step.numpy()) == 0


def test_it_learns_to_match_a_handful_of_pairs():
    model = small_models.compiled_damsm(learning_rate=0.01)
    batches = small_models.batches(steps=1, sizes=(16,))
    history = model.fit(batches, epochs=4, steps_per_epoch=20, verbose=0)
    losses = history.history["damsm_loss"]
    assert losses[-1] < 0.7 * losses[0]
