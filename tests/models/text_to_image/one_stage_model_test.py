import functools

import numpy as np
import pytest
import tensorflow as tf

from tests.models import small_models
from tests.test_case import TestCase
from tfragan.distribution import Replica
from tfragan.models.text_to_image.one_stage_losses import next_pairs
from tfragan.models.text_to_image.one_stage_losses import rolled_pairs
from tfragan.text import UnknownWordsWarning

CAPTIONS = ["a red bird with blue wings", "fish", "", "unknown words only"]
KINDS = {
    "ssagan": (small_models.ssagan, {}),
    "ssagan_finetuned": (small_models.ssagan, {"finetune_encoders": True}),
    "dfgan_2022": (small_models.dfgan, {}),
    "dfgan_2020": (small_models.dfgan, {"version": "2020"}),
    "dfgan_lazy": (small_models.dfgan, {"penalty_every": 2}),
}
batches = functools.partial(small_models.batches, sizes=(32,))


def make(kind, **kwargs):
    function, options = KINDS[kind]
    model = small_models.awake(function(**{**options, **kwargs}))
    model.compile()
    return model


@pytest.fixture(scope="module")
def read_only():
    """`make`, of which tests that only look share the models."""
    return functools.cache(make)


def may_stay(path):
    # A word that is in no caption.
    return "word_table" in path


def moved_by_noise(path):
    """Biases in front of a normalization have no gradient but rounding."""
    return path.endswith(
        (
            "hidden/bias",
            "convolution_1/bias",
            "convolution_2/bias",
            "shortcut/bias",
            "word_table/embeddings",
        )
    )


@pytest.mark.usefixtures("eager")
def test_words_that_a_model_does_not_know_are_warned_of(read_only):
    model = read_only("dfgan_2022")
    with pytest.warns(UnknownWordsWarning, match="not know: 'zebra'"):
        model.generate(["a red zebra"])


class TestOneStageModel(TestCase):
    @pytest.mark.parametrize(
        "kind", ["ssagan_finetuned", "dfgan_2020", "dfgan_lazy"]
    )
    def test_it_fits_saves_and_reloads(self, kind, tmp_path):
        def make_model():
            model = make(kind)
            # Tracing takes long; graphs of the others have replicas.
            model.run_eagerly = kind != "dfgan_lazy"
            return model

        self.run_model_test(
            make_model,
            batches,
            lambda model: model.generate_outputs(CAPTIONS),
            tmp_path,
            may_stay=may_stay,
        )

    @pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
    def test_mixed_precision_trains(self, policy):
        self.run_model_precision_test(
            lambda: make("ssagan"), batches, policies=[policy]
        )

    @pytest.mark.parametrize(
        "kind",
        [
            "ssagan_finetuned",
            pytest.param("dfgan_2022", marks=pytest.mark.slow),
        ],
    )
    def test_two_replicas_equal_one_device(self, kind, mirrored):
        self.run_model_replica_test(
            lambda: make(kind),
            lambda: batches(near_misses=2),
            mirrored,
            # Adam moves the biases in front of a normalization by rounding
            # noise, and with them the mean that it remembers.
            tolerance=1e-3,
            moved_by_noise=moved_by_noise,
        )


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("kind", ["ssagan", "dfgan_2022"])
def test_an_image_depends_on_its_own_caption_and_seed_only(read_only, kind):
    model = read_only(kind)
    together = model.generate(CAPTIONS, seed=[7, 8, 9, 10])
    assert together.shape == (4, 32, 32, 3)
    assert together.dtype == np.uint8
    for index, caption in enumerate(CAPTIONS):
        alone = model.generate([caption], seed=[7 + index])
        np.testing.assert_array_equal(alone[0], together[index])
    assert not np.array_equal(model.generate("fish", 1), together[1:2])


@pytest.mark.usefixtures("eager")
def test_masks_of_every_block_come_along(read_only):
    images, masks = read_only("ssagan").generate(CAPTIONS, return_masks=True)
    assert images.shape == (4, 32, 32, 3)
    assert [mask.shape for mask in masks] == [
        (4, size, size, 1) for size in (4, 8, 16, 32)
    ]
    assert all(mask.min() > 0 and mask.max() < 1 for mask in masks)


@pytest.mark.usefixtures("eager")
def test_truncated_noise_makes_other_images(read_only):
    model = read_only("dfgan_2022")
    plain = model.generate(CAPTIONS)
    truncated = model.generate(CAPTIONS, truncation=0.88)
    assert truncated.shape == plain.shape
    assert not np.array_equal(plain, truncated)
    zero = model.generate(["fish", "fish"], truncation=0.0)
    np.testing.assert_array_equal(zero[0], zero[1])


@pytest.mark.usefixtures("eager")
def test_a_walk_begins_and_ends_at_the_images_themselves(read_only):
    model = read_only("ssagan")
    ends = model.damsm.encode_captions(CAPTIONS[:2])
    noise = tf.repeat(model.noise_of(3), 3, 0)
    points = [ends[0], ends.mean(0), ends[1]]
    walk = model.generate_between(tf.stack(points), noise)["image"].numpy()
    expected = model.generate(CAPTIONS[:2], seed=[3, 3])
    for found, wanted in zip(walk[::2], expected, strict=True):
        assert np.abs(found.astype(int) - wanted).max() <= 1
    assert not np.array_equal(walk[0], walk[1])


def _update(model):
    batch = next(iter(batches()))
    words, sentence = model.damsm.text_encoder(batch["token_ids"])
    noise = tf.random.stateless_normal((4, 5), (1, 2))
    condition = {"words": words, "sentence": sentence, "noise": noise}
    return model.update_networks(batch, condition, Replica(1, 0))


def test_a_penalty_of_every_nth_step_is_as_many_times_heavier():
    once, twice = make("dfgan_2022"), make("dfgan_2022", penalty_every=2)
    twice.set_weights(once.get_weights())
    expected = float(_update(once)["loss/gradient_penalty"])
    found = [float(_update(twice)["loss/gradient_penalty"])]
    np.testing.assert_allclose(found[0], 2 * expected, rtol=1e-4)
    twice.global_step.assign(1)
    assert float(_update(twice)["loss/gradient_penalty"]) == 0.0


@pytest.mark.parametrize("kind", ["ssagan", "dfgan_2022", "dfgan_lazy"])
def test_without_weight_the_step_is_that_of_the_hinge_alone(kind):
    model = make(kind, penalty_weight=0.0)
    losses = _update(model)
    hinge = losses["loss/real"] + losses["loss/wrong"] / 2.0
    hinge += losses["loss/fake"] / 2.0
    np.testing.assert_allclose(losses["discriminator_loss"], hinge, rtol=1e-6)
    assert float(losses["loss/gradient_penalty"]) == 0.0
    assert int(model.discriminator_optimizer.iterations) == 1
    assert model.updates_per_step("discriminator") == 1


def test_a_penalty_without_sentences_is_of_images_alone():
    both, images = (
        make("dfgan_2022", penalty_of_sentences=choice)
        for choice in (True, False)
    )
    images.set_weights(both.get_weights())
    # A discriminator that looks at sentences alone has no slope of images.
    for model in (both, images):
        model.discriminator.stem.kernel.assign(
            tf.zeros_like(model.discriminator.stem.kernel)
        )
    assert float(_update(both)["loss/gradient_penalty"]) > 0.0
    assert float(_update(images)["loss/gradient_penalty"]) == 0.0


@pytest.mark.parametrize("kind", ["ssagan", "dfgan_2022", "dfgan_lazy"])
def test_schedules_know_how_often_the_discriminator_moves(kind):
    model = make(kind)
    _update(model)
    moved = int(model.discriminator_optimizer.iterations)
    assert moved == model.updates_per_step("discriminator")
    assert model.updates_per_step("generator") == 1


def test_the_lazy_step_equals_the_joint_one_where_it_is_due():
    joint, lazy = make("dfgan_2022"), make("dfgan_2022", penalty_every=2)
    lazy.set_weights(joint.get_weights())
    lazy.penalty_weight = joint.penalty_weight / 2
    _update(joint)
    _update(lazy)
    for one, other in zip(
        joint.discriminator.weights, lazy.discriminator.weights, strict=True
    ):
        # Adam's first step is as long for a gradient of rounding noise.
        far = np.abs(one.numpy() - other.numpy()) > 2e-5
        assert np.mean(far) <= 0.01, one.path


@pytest.mark.parametrize(
    ("parts", "zero"), [(("sentence",), "words"), (("words",), "sentence")]
)
def test_parts_of_the_matching_losses_can_be_left_out(parts, zero):
    losses = _update(make("ssagan", damsm_parts=parts, damsm_weight=1.0))
    assert float(losses[f"loss/damsm_{zero}"]) == 0.0
    assert float(losses[f"loss/damsm_{parts[0]}"]) > 0.0


def test_fine_tuning_moves_the_encoders_and_nothing_else_does():
    batch = next(iter(batches()))
    for kind, moves in (("ssagan_finetuned", True), ("ssagan", False)):
        model = make(kind)
        before = [weight.numpy() for weight in model.damsm.weights]
        *_, losses = model.encode_batch(batch, Replica(1, 0), training=True)
        moved = {
            weight.name
            for one, weight in zip(before, model.damsm.weights, strict=True)
            if not np.array_equal(one, weight)
        }
        assert bool(losses) == moves
        assert ("embeddings" in moved) == moves
        assert not {"moving_mean", "moving_variance"} & moved


def test_an_infinite_penalty_is_named():
    model = make("ssagan")
    model.discriminator.stem.kernel.assign(
        1e9 * tf.ones_like(model.discriminator.stem.kernel)
    )
    model.train_step(next(iter(batches())))
    invalid = [name for name, _, _ in model.invalid_losses()]
    assert "loss/gradient_penalty" in invalid


@pytest.mark.parametrize(
    ("make_model", "options", "message"),
    [
        (small_models.ssagan, {"penalty_every": 0}, "penalty_every.*0"),
        (small_models.ssagan, {"start": "warm"}, "start.*'warm'"),
        (small_models.ssagan, {"penalty_power": 3}, "even.*power=3"),
        (small_models.ssagan, {"wrong_pairs": "none"}, "wrong_pairs.*none"),
        (small_models.ssagan, {"damsm_parts": ("image",)}, "damsm_parts"),
        (small_models.dfgan, {"version": "2021"}, "version.*2021"),
        (small_models.dfgan, {"image_size": 48}, "power of two.*48"),
    ],
)
def test_impossible_arguments_are_refused(make_model, options, message):
    with pytest.raises(ValueError, match=message):
        make_model(**options)


def test_a_single_image_has_no_wrong_pair():
    with pytest.raises(ValueError, match="2 images at least"):
        next_pairs(tf.ones((1, 2)), tf.ones((1, 3)), Replica(1, 0))


def test_wrong_pairs_take_the_next_sentence_or_the_one_before():
    features = tf.constant([[0.0], [1.0], [2.0]])
    sentence = tf.constant([[10.0], [11.0], [12.0]])
    images, sentences, count = next_pairs(features, sentence, Replica(1, 0))
    assert images[:, 0].numpy().tolist() == [0, 1]
    assert sentences[:, 0].numpy().tolist() == [11, 12]
    assert count == 2
    images, sentences, count = rolled_pairs(features, sentence, Replica(1, 0))
    assert images[:, 0].numpy().tolist() == [0, 1, 2]
    assert sentences[:, 0].numpy().tolist() == [12, 10, 11]
    assert count == 3
