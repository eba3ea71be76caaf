import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.attngan.attngan_discriminator_test import make_discriminator
from tests.models.attngan.attngan_generator_test import make_generator
from tests.published import GradientRecorder
from tests.published import load_all
from tests.published import published_values
from tests.published import scalar
from tfragan.convert import attngan_weights
from tfragan.convert.weight_map import WeightEntry
from tfragan.distribution import Replica
from tfragan.models import DAMSM
from tfragan.models import AttnGAN
from tfragan.models.attngan import attngan_losses
from tfragan.text import CaptionTokenizer
from tfragan.text import Vocabulary


class StandInImageEncoder(keras.layers.Layer):
    """The small linear encoder that the fixtures were made with."""

    def __init__(self, embedding_dim, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim

    def build(self, input_shape):
        self.region_head = keras.layers.Dense(
            self.embedding_dim, use_bias=False, name="region_head"
        )
        self.region_head.build((None, 3))
        self.image_head = keras.layers.Dense(
            self.embedding_dim, name="image_head"
        )
        self.image_head.build((None, 48))
        self.built = True

    def call(self, images, training=False):
        regions = self.region_head(tf.nn.avg_pool2d(images, 15, 15, "VALID"))
        coarse = tf.nn.avg_pool2d(images, 64, 64, "VALID")
        # The published vector is channel-major.
        flat = tf.reshape(tf.transpose(coarse, (0, 3, 1, 2)), (-1, 48))
        return regions, self.image_head(flat)

    def entries(self):
        return [
            WeightEntry(
                "emb_features.weight", self.region_head.kernel, "pointwise"
            ),
            WeightEntry("emb_cnn_code.weight", self.image_head.kernel, "dense"),
            WeightEntry("emb_cnn_code.bias", self.image_head.bias),
        ]


def _damsm(arrays, embedding_dim):
    encoder = StandInImageEncoder(embedding_dim)
    encoder.build((None, None, None, 3))
    load_all(encoder.entries(), group(arrays, "param/image_encoder"))
    return DAMSM(
        CaptionTokenizer(Vocabulary(["<end>", "bird"]), max_words=4),
        encoder,
        word_dim=4,
        **{f"gamma{i}": scalar(arrays, f"in/gamma{i}") for i in (1, 2, 3)},
    )


def _token_ids(arrays):
    """Ids whose mask is the fixture's; the embeddings are given."""
    return tf.cast(~arrays["in/mask"], tf.int32)


def _assembled_model(arrays):
    parameters = group(arrays, "param/netG")
    generator, generator_entries = make_generator(
        arrays, parameters, True, "published"
    )
    embedding_dim = arrays["in/sent_emb"].shape[-1]
    model = AttnGAN(
        _damsm(arrays, embedding_dim),
        base_size=64,
        stages=generator.stages,
        generator_width=generator.width,
        discriminator_width=scalar(arrays, "in/ndf"),
        noise_dim=generator.noise_dim,
        condition_dim=generator.condition_dim,
        residual_blocks=generator.residual_blocks,
        damsm_weight=scalar(arrays, "in/lambda"),
        average_decay=scalar(arrays, "in/ema_decay"),
        mask_order="published",
    )
    entries = {
        "netG": attngan_weights.generator_entries(model.generator),
        "netG_ema": attngan_weights.generator_entries(model.generator_average),
    }
    load_all(entries["netG"], parameters)
    model.reset_average()
    for index, discriminator in enumerate(model.discriminators.values()):
        name = f"netD{index}"
        entries[name] = attngan_weights.discriminator_entries(discriminator)
        load_all(entries[name], group(arrays, f"param/{name}"))
    first, second = arrays["in/adam_betas"]
    optimizers = {
        f"{role}_optimizer": model.published_optimizer(
            role,
            learning_rate=scalar(arrays, key),
            beta_1=first,
            beta_2=second,
            epsilon=scalar(arrays, "in/adam_eps"),
        )
        for role, key in (
            ("generator", "in/lr_g"),
            ("discriminator", "in/lr_d"),
        )
    }
    model.compile(**optimizers)
    return model, entries


def _condition(arrays):
    return {
        "words": tf.constant(arrays["in/words_embs"].transpose(0, 2, 1)),
        "sentence": tf.constant(arrays["in/sent_emb"]),
        "noise": tf.constant(arrays["in/noise"]),
        "condition_noise": tf.constant(arrays["in/eps"]),
    }


def _update(model, arrays):
    sizes = range(len(model.discriminators))
    batch = {
        "images": [tf.constant(nhwc(arrays[f"in/imgs{i}"])) for i in sizes],
        "token_ids": _token_ids(arrays),
        "class_ids": tf.constant(arrays["in/class_ids"]),
    }
    return model.update_networks(batch, _condition(arrays), Replica(1, 0))


def _assert_losses(losses, model, arrays, tolerance):
    for index, size in enumerate(model.image_sizes):
        assert_close(
            losses[f"loss/discriminator_{size}"],
            arrays[f"out/errD{index}"],
            tolerance,
            f"errD{index}",
        )
    weight = model.damsm_weight
    for name, key in (("words", "w"), ("sentence", "s")):
        # The fixture's terms are already multiplied by lambda.
        expected = sum(arrays[f"out/G/term/{key}_loss{i}"] for i in (0, 1))
        value = losses[f"loss/damsm_{name}"]
        unweighted = np.isclose(value, weight * expected, rtol=1e-3)
        assert_close(value, expected * (weight if unweighted else 1), tolerance)
    assert_close(losses["loss/kl"], arrays["out/kl_loss"], tolerance)
    legacy = arrays["out_legacy_adam/errG_total"]
    assert_close(losses["generator_loss"], legacy, tolerance, "errG")


def _assert_checks(actual, before, expected, name):
    """Sum and norm of the values and of their change by the step."""
    actual = actual.astype("float64")
    change = actual - before
    checks = {
        "sum": (actual.sum(), expected[0], 2e-3 + 1e-5 * abs(expected[0])),
        "norm": (np.linalg.norm(actual), expected[1], 1e-4 * expected[1]),
        "sum of change": (
            change.sum(),
            expected[2],
            2e-3 + 1e-2 * abs(expected[2]),
        ),
        "norm of change": (
            np.linalg.norm(change),
            expected[3],
            # The average moves by less than float32 resolves: storing it
            # rounds each value by up to half a unit in the last place.
            5e-3 * expected[3] + 2.0**-24 * np.linalg.norm(actual),
        ),
    }
    for kind, (value, wanted, limit) in checks.items():
        assert abs(value - wanted) <= limit, (name, kind, value, wanted)


@dataclasses.dataclass
class PublishedStep:
    """What our model did on the batch of the fixture.

    Attributes:
        arrays: the fixture.
        model: the model after the update.
        entries: dict of published network to list of `WeightEntry`.
        losses: the losses of the update.
        gradients: those that the optimizers were given, by path.
        values: the weights after it, by network and published name.
    """

    arrays: dict
    model: AttnGAN
    entries: dict
    losses: dict
    gradients: dict
    values: dict


@pytest.fixture(scope="module")
def step():
    arrays = load("attngan", "train_step")
    model, entries = _assembled_model(arrays)
    recorders = [
        GradientRecorder(model.generator_optimizer),
        GradientRecorder(model.discriminator_optimizer),
    ]
    model.generator_optimizer, model.discriminator_optimizer = recorders
    losses = _update(model, arrays)
    gradients = {}
    for recorder in recorders:
        gradients.update(recorder.recorded)
    values = {net: published_values(part) for net, part in entries.items()}
    return PublishedStep(arrays, model, entries, losses, gradients, values)


@pytest.mark.golden
def test_attngan_training_step_equals_the_published_one(step):
    arrays = step.arrays
    _assert_losses(step.losses, step.model, arrays, 1e-4)
    for net, values in step.values.items():
        parameters = "netG" if net == "netG_ema" else net
        before = group(arrays, f"param/{parameters}")
        # The form that PyTorch had at the time.
        expected = group(arrays, f"check_legacy_adam/{net}")
        assert expected
        for name, check in expected.items():
            _assert_checks(values[name], before[name], check, f"{net}.{name}")


@pytest.mark.golden
def test_attngan_parameters_after_the_step_equal_the_published_ones(step):
    after = load("attngan", "train_step_after")
    rate = scalar(step.arrays, "in/lr_g")
    for net in sorted(set(step.entries) - {"netG_ema"}):
        values = step.values[net]
        expected = group(after, f"after/{net}")
        assert expected
        errors = [
            np.abs(values[name] - array).ravel()
            for name, array in expected.items()
            if "running" not in name
        ]
        errors = np.concatenate(errors)
        # The file holds the later form of Adam, which differs by up to
        # 1.4e-4 where a gradient is nearly zero.
        assert np.mean(errors > 1.5e-4) <= 1e-3, net
        assert errors.max() <= 2 * rate + 1e-6, net
        for name, array in expected.items():
            if "running" in name:
                np.testing.assert_allclose(
                    values[name], array, atol=5e-5, rtol=5e-5
                )


@pytest.mark.golden
def test_attngan_gradients_of_the_step_equal_the_published_ones(step):
    gradients = load("attngan", "train_step_grads")
    for net in sorted(set(step.entries) - {"netG_ema"}):
        expected = group(gradients, f"grad/{net}")
        assert expected
        for entry in step.entries[net]:
            if not entry.variable.trainable:
                continue
            gradient = step.gradients[entry.variable.path]
            named = entry.to_published(gradient)
            for name, array in named.items():
                # As for the generator alone: these shifts cancel strongly.
                limit = 5e-3 if name.endswith("block.4.bias") else 2e-3
                assert_thinned_close(array, expected, name, limit)


@pytest.mark.golden
def test_attngan_images_of_the_step_equal_the_published_ones(step):
    arrays = step.arrays
    model, _ = _assembled_model(arrays)
    outputs = model.generator(
        tf.constant(arrays["in/sent_emb"]),
        tf.constant(arrays["in/words_embs"].transpose(0, 2, 1)),
        tf.constant(~arrays["in/mask"]),
        tf.constant(arrays["in/noise"]),
        tf.constant(arrays["in/eps"]),
        training=True,
    )
    for index, images in enumerate(outputs["images"]):
        key = f"out/fake_imgs{index}"
        assert_thinned_close(nchw(images), arrays, key, 1e-3)
    assert_close(outputs["mean"], arrays["out/mu"], 1e-5)
    assert_close(outputs["log_variance"], arrays["out/logvar"], 1e-5)


@pytest.mark.golden
def test_attngan_generator_loss_equals_the_published_one():
    arrays = load("attngan", "generator_loss")
    keys = sorted(key for key in arrays if key.startswith("in/fake_imgs"))
    images = [tf.constant(nhwc(arrays[key])) for key in keys]
    sentence = tf.constant(arrays["in/sent_emb"])
    words = tf.constant(arrays["in/words_embs"].transpose(0, 2, 1))
    damsm = _damsm(arrays, sentence.shape[-1])
    lengths = arrays["in/cap_lens"]
    token_ids = tf.sequence_mask(lengths, words.shape[1], tf.int32)
    discriminators = [
        make_discriminator(
            group(arrays, f"param/netD{index}"),
            image.shape[1],
            sentence.shape[-1],
            scalar(arrays, "in/ndf"),
        )[0]
        for index, image in enumerate(images)
    ]
    replica = Replica(1, 0)
    weight = scalar(arrays, "in/lambda")
    terms = {}
    with tf.GradientTape() as tape:
        tape.watch(images)
        for index, discriminator in enumerate(discriminators):
            found = attngan_losses.generator_terms(
                discriminator, images[index], sentence, replica
            )
            for name, value in found.items():
                terms[f"netD{index}_{name}"] = value
        regions, image = damsm.image_encoder(images[-1])
        pairs = damsm.matching_terms(
            words,
            sentence,
            token_ids,
            regions,
            image,
            tf.constant(arrays["in/class_ids"]),
            replica,
        )
        for kind, pair in zip("ws", pairs.values(), strict=True):
            for number, value in enumerate(pair):
                terms[f"{kind}_loss{number}"] = weight * value
        total = tf.add_n(list(terms.values()))
    expected = group(arrays, "out/term")
    assert set(terms) == set(expected)
    for name, value in terms.items():
        unweighted = "loss" in name and np.isclose(
            value, weight * expected[name], rtol=1e-3
        )
        scale = weight if unweighted else 1.0
        assert_close(value, expected[name] * scale, 2e-5, name)
    assert_close(total, arrays["out/errG_total"], 2e-5)
    for key, gradient in zip(keys, tape.gradient(total, images), strict=True):
        assert_thinned_close(nchw(gradient), arrays, f"grad/{key}", 2e-4)
