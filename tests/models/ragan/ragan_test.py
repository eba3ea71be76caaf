import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.ragan.small_ragans import SETTINGS
from tests.test_case import TestCase
from tfragan.callbacks import CheckpointAndResume
from tfragan.distribution import Replica
from tfragan.distribution import current_replica
from tfragan.models import RAGAN
from tfragan.models.ragan.ragan_guidance import Guidance
from tfragan.models.ragan.ragan_guidance import draw_noise
from tfragan.models.ragan.ragan_guidance import find_setting

_BACKGROUND = (True, "image_text")
_BOTH_WAYS = (False, "image")


def _make(setting, **options):
    return functools.partial(small_ragans.compiled_ragan, *setting, **options)


def _batches(setting):
    supervised, guidance = setting
    both_ways = guidance == "image" and not supervised
    return functools.partial(
        small_ragans.batches, guidance, both_ways=both_ways
    )


def _has_no_slope(path):
    # A bias in front of a normalization.
    return path.endswith("entry/bias") or path.endswith("shortcut/bias")


class TestRAGAN(TestCase):
    def test_it_fits_saves_and_reloads(self, tmp_path):
        self.run_model_test(
            _make(_BACKGROUND),
            _batches(_BACKGROUND),
            small_ragans.sampled,
            tmp_path,
        )

    def test_mixed_precision_trains(self):
        self.run_model_precision_test(
            _make(_BACKGROUND),
            _batches(_BACKGROUND),
            # The other needs no loss scales, which three optimizers share.
            policies=("mixed_float16",),
        )

    @pytest.mark.parametrize(
        "eager", [True, pytest.param(False, marks=pytest.mark.slow)]
    )
    def test_two_replicas_equal_one_device(self, mirrored, eager):
        def make():
            model = small_ragans.ragan(True, "image", normalization="batch")
            # Adam takes whole steps where a gradient is next to nothing.
            model.compile(keras.optimizers.SGD(1e-2))
            return model

        self.run_model_replica_test(
            make,
            _batches((True, "image")),
            mirrored,
            # Of shifts that start at zero, all of it is update; one value on
            # the other side of a kink of L1 or ReLU changes it by 3e-4.
            tolerance=2e-3,
            moved_by_noise=_has_no_slope,
            eager=eager,
        )


def test_guidance_is_that_of_the_next_image_on_any_replica(mirrored):
    sentence = np.arange(8.0, dtype="float32").reshape(4, 2)
    words = np.arange(24.0, dtype="float32").reshape(4, 3, 2)
    mask = np.arange(12).reshape(4, 3) % 5 > 0
    whole = Guidance(*map(tf.constant, (sentence, words, mask)))
    whole = whole.of_next_sample(Replica(1, 0))

    def half(context):
        start = 2 * context.replica_id_in_sync_group
        return tuple(
            tf.constant(x[start : start + 2]) for x in (sentence, words, mask)
        )

    values = mirrored.experimental_distribute_values_from_function(half)

    @tf.function
    def step(values):
        guidance = Guidance(*values).of_next_sample(current_replica())
        return guidance.sentence, guidance.words, guidance.word_mask

    halves = [
        tf.concat(mirrored.experimental_local_results(part), 0)
        for part in mirrored.run(step, args=(values,))
    ]
    np.testing.assert_array_equal(whole.sentence, np.roll(sentence, -1, 0))
    for one, other in zip(
        halves, (whole.sentence, whole.words, whole.word_mask), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_noise_of_two_domains_is_the_same_on_any_replica():
    whole = draw_noise((3,), 8, 2, 0, tf.constant(5), Replica(1, 0))
    halves = [
        draw_noise((3,), 4, 2, 0, tf.constant(5), Replica(2, index))
        for index in (0, 1)
    ]
    for name in ("reference", "random", "generated"):
        parts = [tf.split(getattr(half, name), 2) for half in halves]
        # Images of A on both replicas, then those of B.
        expected = tf.concat([part[0] for part in parts], 0)
        expected = tf.concat([expected, *(part[1] for part in parts)], 0)
        np.testing.assert_array_equal(getattr(whole, name), expected)
    assert not np.array_equal(whole.random, whole.reference)


@pytest.mark.parametrize(
    "setting", [setting for setting in SETTINGS if setting != _BACKGROUND]
)
def test_every_setting_reports_finite_losses_and_makes_images(setting):
    model = small_ragans.compiled_ragan(*setting)
    batch = next(iter(small_ragans.batches_of(model)))
    losses = model.train_step(batch)
    assert set(losses) == {"loss", *model.loss_terms}
    assert np.isfinite(list(losses.values())).all()
    outputs = small_ragans.sampled(model)
    assert [image.shape for image in outputs["images"]] == [
        (2, size, size, 3) for size in model.image_sizes
    ]
    assert outputs["image"].dtype == np.uint8
    assert [m.shape[:3] for m in outputs["attention_maps"]] == [
        (2, 6, 6),
        (2, 12, 12),
    ]
    for attention_map in outputs["attention_maps"]:
        np.testing.assert_allclose(attention_map.sum(-1), 1.0, atol=1e-4)


def test_a_resumed_training_equals_the_uninterrupted_one(tmp_path):
    def trained(**options):
        model = small_ragans.ragan(*_BOTH_WAYS)
        model.compile(run_eagerly=True)
        checkpoint = CheckpointAndResume(tmp_path, every_steps=1, **options)
        step = checkpoint.restore(model)
        model.fit(
            small_ragans.batches("image", both_ways=True).skip(step),
            steps_per_epoch=2 - step,
            verbose=0,
            callbacks=[checkpoint],
        )
        assert int(model.global_step.numpy()) == 2
        return step, model

    start, whole = trained()
    # As a kill within the second step leaves it.
    folder = tmp_path / "checkpoints"
    for path in (*folder.glob("step-2.*"), folder / "checkpoint"):
        path.unlink()
    middle, resumed = trained(keep=1)
    assert (start, middle) == (0, 1)
    for optimizer in resumed.optimizers():
        one, other = (
            getattr(model, optimizer).variables for model in (whole, resumed)
        )
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first.numpy(), second.numpy())
    for one, other in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), one.path)


@pytest.mark.parametrize(
    ("supervised", "guidance"), [(False, "image_text"), (True, "caption")]
)
def test_settings_that_do_not_exist_are_refused_by_name(supervised, guidance):
    with pytest.raises(ValueError, match=f"guidance='{guidance}'"):
        RAGAN(small_models.damsm(), supervised, guidance)


def test_guidance_without_its_source_is_refused():
    with pytest.raises(ValueError, match="takes a DAMSM"):
        RAGAN(None, guidance="text")
    with pytest.raises(ValueError, match="takes a DAMSM"):
        RAGAN(small_models.damsm(), guidance="image")
    with pytest.raises(ValueError, match="number of labels"):
        RAGAN(None, guidance="label")


def test_image_sizes_without_discriminators_are_refused():
    with pytest.raises(ValueError, match="image_size=20"):
        small_ragans.ragan(image_size=20)
    with pytest.raises(ValueError, match="image_size=30"):
        small_ragans.ragan(image_size=30)


def test_a_single_image_has_no_other_guidance():
    model = small_ragans.compiled_ragan()
    batch = next(iter(small_ragans.batches(batch_size=1)))
    with pytest.raises(ValueError, match="2 images at least"):
        model.train_step(batch)


def test_the_identity_can_be_left_out():
    model = small_ragans.ragan(identity_weight=0.0)
    assert "loss/identity" not in model.loss_terms
    assert "loss/identity" in small_ragans.ragan().loss_terms
    # Published for text alone.
    assert not find_setting(False, "label").identity


def test_every_second_step_edits_by_the_caption_that_is_wrong_by_a_word():
    model = small_ragans.ragan(damsm_weight=2.0)
    (batch,) = small_ragans.batches(steps=1, near_misses=2).take(1)
    replica = Replica(1, 0)
    condition, _ = model.prepare_step(batch, replica, training=True)
    near = model.damsm.text_encoder(batch["near_miss_ids"][:, 0])[1].numpy()
    own = condition["guidance"].sentence.numpy()
    following = np.roll(own, -1, 0)

    def other():
        condition, _ = model.prepare_step(batch, replica, training=True)
        fakes = model.make_fakes(batch, condition, replica, training=True)
        return fakes.guidance["other"]

    np.testing.assert_array_equal(other().sentence, following)
    np.testing.assert_array_equal(
        other().class_ids, np.roll(batch["class_ids"], -1)
    )
    model.global_step.assign(1)
    # The first caption has none.
    expected = np.concatenate([following[:1], near[1:]])
    np.testing.assert_allclose(other().sentence, expected, rtol=1e-5)
    np.testing.assert_array_equal(other().class_ids[1:], batch["class_ids"][1:])


def test_a_damsm_tells_whether_an_edit_matches_its_sentence():
    model = small_ragans.compiled_ragan(damsm_weight=2.0)
    (batch,) = small_ragans.batches(steps=1, near_misses=2).take(1)
    replica = Replica(1, 0)
    condition, _ = model.prepare_step(batch, replica, training=False)
    fakes = model.make_fakes(batch, condition, replica, training=False)
    losses = model.generator_losses(batch, fakes, condition, replica, False)
    own, other = fakes.guidance["own"], fakes.guidance["other"]
    regions, image = model.damsm.image_encoder(fakes.images[0][-1])
    expected = model.damsm.matching_terms(
        other.words,
        other.sentence,
        tf.cast(other.word_mask, tf.int32),
        regions,
        image,
        np.roll(batch["class_ids"], -1),
        replica,
        near_misses={
            "words": own.words[:, np.newaxis],
            "sentence": own.sentence[:, np.newaxis],
            "token_ids": batch["token_ids"][:, np.newaxis],
            "usable": tf.ones((4, 1), bool),
        },
    )
    for part, pair in expected.items():
        np.testing.assert_allclose(
            losses[f"loss/damsm_{part}"], 2.0 * sum(pair), rtol=1e-5
        )
    total = losses.pop("generator_loss")
    np.testing.assert_allclose(total, sum(losses.values()), rtol=1e-5)
    assert np.isfinite(list(model.train_step(batch).values())).all()


def test_a_mask_keeps_the_input_where_nothing_changes():
    model = small_ragans.ragan(change_mask=True)
    for head in model.generator.image_heads:
        # Gray, and a mask of one half.
        head.kernel.assign(tf.zeros(head.kernel.shape))
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), "uint8")
    outputs = model.translate(images, ["a bird", "a red bird"])
    kept = keras.ops.average_pool(images.astype("float32"), 2)
    for number, inputs in ((2, images), (1, kept)):
        mask = outputs["change_masks"][number]
        np.testing.assert_allclose(mask, 0.5)
        expected = (127.5 + np.asarray(inputs)) / 2
        assert np.abs(outputs["images"][number] - expected).max() <= 1


def test_an_edit_by_a_word_costs_what_it_changes():
    model = small_ragans.compiled_ragan(change_weight=4.0, change_mask=True)
    (batch,) = small_ragans.batches(steps=1, near_misses=2).take(1)
    replica = Replica(1, 0)

    def losses(step):
        model.global_step.assign(step)
        condition, _ = model.prepare_step(batch, replica, training=True)
        fakes = model.make_fakes(batch, condition, replica, training=True)
        change = np.abs(fakes.images[0][-1] - batch["images"][-1])
        # The first caption has no near miss.
        return fakes.losses["loss/change"], 4.0 * change[1:].mean() * 3 / 4

    assert losses(0)[0] == 0.0
    np.testing.assert_allclose(*losses(1), rtol=1e-5)
    assert "loss/change" in model.train_step(batch)


@pytest.mark.parametrize("setting", [(True, "text"), (False, "label")])
def test_what_has_no_edits_by_a_word_cannot_weigh_them(setting):
    with pytest.raises(ValueError, match="change_weight=1"):
        small_ragans.ragan(*setting, change_weight=1.0)


def test_a_damsm_that_there_is_not_cannot_match():
    with pytest.raises(ValueError, match="damsm_weight=1"):
        small_ragans.ragan(False, "label", damsm_weight=1.0)


def test_a_background_is_random_by_seed_or_that_of_a_reference():
    model = small_ragans.ragan(*_BACKGROUND)
    images = np.zeros((1, 24, 24, 1), "uint8")

    def colored(**options):
        return model.translate(images, ["a bird"], **options)["image"]

    np.testing.assert_array_equal(colored(seed=3), colored(seed=[3]))
    assert not np.array_equal(colored(seed=3), colored(seed=4))
    reference = np.full((1, 24, 24, 3), 200, "uint8")
    np.testing.assert_array_equal(
        colored(references=reference, seed=3),
        colored(references=reference, seed=4),
    )


def test_an_image_is_translated_apart_from_the_others():
    model = small_ragans.ragan(normalization="batch", mask_order="published")
    together = small_ragans.sampled(model)["image"]
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3))
    alone = model.translate(images[1:].astype("uint8"), ["fish"])["image"]
    np.testing.assert_array_equal(alone[0], together[1])


@pytest.mark.parametrize(
    ("setting", "options", "sentence"),
    [
        ((False, "text"), {"captions": ["purple"]}, "word of the vocabulary"),
        ((False, "text"), {}, "one caption an image"),
        ((False, "label"), {"label_ids": [[5]]}, "from 0 to 4"),
        ((False, "label"), {"label_ids": [1]}, "from 0 to 4"),
        (
            _BACKGROUND,
            {
                "captions": ["a bird"],
                "references": np.zeros((1, 16, 16, 3), "uint8"),
            },
            "references must be uint8",
        ),
    ],
)
def test_unusable_guidance_is_refused(setting, options, sentence):
    model = small_ragans.ragan(*setting)
    with pytest.raises(ValueError, match=sentence):
        model.translate(np.zeros((1, 24, 24, 3), "uint8"), **options)


def test_images_of_other_channels_or_sides_are_refused():
    model = small_ragans.ragan()
    with pytest.raises(ValueError, match="with 3 channels"):
        model.translate(np.zeros((1, 24, 24, 1), "uint8"), ["a bird"])
    with pytest.raises(ValueError, match="multiples of 4"):
        model.translate(np.zeros((1, 24, 30, 3), "uint8"), ["a bird"])
