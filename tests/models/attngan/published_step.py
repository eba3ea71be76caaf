"""One published training step of models with several discriminators."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import assert_thinned_close
from tests.golden import double_precision
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.published import GradientRecorder
from tests.published import load_all
from tests.published import published_values
from tests.published import scalar
from tfragan.convert.weight_map import WeightEntry
from tfragan.distribution import Replica
from tfragan.models import DAMSM
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


def stand_in_damsm(arrays):
    """The DAMSM of a fixture, around its image encoder."""
    encoder = StandInImageEncoder(arrays["in/sent_emb"].shape[-1])
    encoder.build((None, None, None, 3))
    load_all(encoder.entries(), group(arrays, "param/image_encoder"))
    return DAMSM(
        CaptionTokenizer(Vocabulary(["<end>", "bird"]), max_words=4),
        encoder,
        word_dim=4,
        **{f"gamma{i}": scalar(arrays, f"in/gamma{i}") for i in (1, 2, 3)},
    )


@dataclasses.dataclass(frozen=True)
class PublishedFamily:
    """A model whose training step is AttnGAN's.

    Attributes:
        name: folder of the fixtures.
        model_class: the class of the model.
        weights: module of its converter.
        sizes: function of the arrays of `train_step` to the arguments of the
            model that its generator needs.
        cancelling: function of names of parameters to a dict of those whose
            gradients cancel strongly to their limits.
    """

    name: str
    model_class: type
    weights: object
    sizes: object
    cancelling: object

    def assembled_model(self, arrays):
        """The compiled model of `train_step`, and its entries by network."""
        model = self.model_class(
            stand_in_damsm(arrays),
            discriminator_width=scalar(arrays, "in/ndf"),
            damsm_weight=scalar(arrays, "in/lambda"),
            average_decay=scalar(arrays, "in/ema_decay"),
            mask_order="published",
            **self.sizes(arrays),
        )
        entries = {
            "netG": self.weights.generator_entries(model.generator),
            "netG_ema": self.weights.generator_entries(model.generator_average),
        }
        load_all(entries["netG"], group(arrays, "param/netG"))
        model.reset_average()
        for index, discriminator in enumerate(model.discriminators.values()):
            name = f"netD{index}"
            entries[name] = self.weights.discriminator_entries(discriminator)
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

    @double_precision()
    def step(self):
        """The `PublishedStep` of our model on the batch of the fixture."""
        arrays = load(self.name, "train_step")
        model, entries = self.assembled_model(arrays)
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
        return PublishedStep(
            self, arrays, model, entries, losses, gradients, values
        )


def _update(model, arrays):
    sizes = range(len(model.discriminators))
    batch = {
        "images": [tf.constant(nhwc(arrays[f"in/imgs{i}"])) for i in sizes],
        # Ids whose mask is the fixture's; the embeddings are given.
        "token_ids": tf.cast(~arrays["in/mask"], tf.int32),
        "class_ids": tf.constant(arrays["in/class_ids"]),
    }
    condition = {
        "words": tf.constant(arrays["in/words_embs"].transpose(0, 2, 1)),
        "sentence": tf.constant(arrays["in/sent_emb"]),
        "noise": tf.constant(arrays["in/noise"]),
        "condition_noise": tf.constant(arrays["in/eps"]),
    }
    return model.update_networks(batch, condition, Replica(1, 0))


@dataclasses.dataclass(frozen=True)
class PublishedStep:
    """What our model did on the batch of the fixture.

    Attributes:
        family: its `PublishedFamily`.
        arrays: the fixture.
        model: the model after the update.
        entries: dict of published network to list of `WeightEntry`.
        losses: the losses of the update.
        gradients: those that the optimizers were given, by path.
        values: the weights after it, by network and published name.
    """

    family: PublishedFamily
    arrays: dict
    model: object
    entries: dict
    losses: dict
    gradients: dict
    values: dict

    def assert_losses(self, tolerance):
        """Compares the losses of discriminators and generator."""
        arrays, losses = self.arrays, self.losses
        for index, size in enumerate(self.model.image_sizes):
            assert_close(
                losses[f"loss/discriminator_{size}"],
                arrays[f"out/errD{index}"],
                tolerance,
                f"errD{index}",
            )
        weight = self.model.damsm_weight
        for name, key in (("words", "w"), ("sentence", "s")):
            # Terms are multiplied by lambda in some fixtures.
            expected = sum(arrays[f"out/G/term/{key}_loss{i}"] for i in (0, 1))
            value = losses[f"loss/damsm_{name}"]
            unweighted = np.isclose(value, weight * expected, rtol=1e-3)
            scale = weight if unweighted else 1
            assert_close(value, expected * scale, tolerance)
        assert_close(losses["loss/kl"], arrays["out/kl_loss"], tolerance)
        legacy = arrays["out_legacy_adam/errG_total"]
        assert_close(losses["generator_loss"], legacy, tolerance, "errG")

    def assert_checks(self):
        """Compares sums and norms of all weights, and of their changes."""
        for net, values in self.values.items():
            parameters = "netG" if net == "netG_ema" else net
            before = group(self.arrays, f"param/{parameters}")
            # The form that PyTorch had at the time.
            expected = group(self.arrays, f"check_legacy_adam/{net}")
            assert expected
            for name, check in expected.items():
                _assert_checks(
                    values[name], before[name], check, f"{net}.{name}"
                )

    def networks(self):
        """Names of the networks that learn."""
        return sorted(set(self.entries) - {"netG_ema"})

    def assert_parameters(self):
        """Compares parameters and buffers with `train_step_after`."""
        after = load(self.family.name, "train_step_after")
        rate = scalar(self.arrays, "in/lr_g")
        for net in self.networks():
            values = self.values[net]
            expected = group(after, f"after/{net}")
            assert expected
            learned = {
                key
                for entry in self.entries[net]
                for key in entry.keys
                if entry.variable.trainable
            }
            errors = [
                np.abs(values[name] - array).ravel()
                for name, array in expected.items()
                if name in learned
            ]
            errors = np.concatenate(errors)
            # The file holds the later form of Adam, which differs by up to
            # 1.4e-4 where a gradient is nearly zero.
            assert np.mean(errors > 1.5e-4) <= 1e-3, net
            assert errors.max() <= 2 * rate + 1e-6, net
            for name in set(expected) - learned:
                np.testing.assert_allclose(
                    values[name], expected[name], atol=5e-5, rtol=5e-5
                )

    def assert_gradients(self):
        """Compares what the optimizers got with `train_step_grads`."""
        gradients = load(self.family.name, "train_step_grads")
        for net in self.networks():
            expected = group(gradients, f"grad/{net}")
            assert expected
            limits = self.family.cancelling(self.values[net])
            for entry in self.entries[net]:
                if not entry.variable.trainable:
                    continue
                gradient = self.gradients[entry.variable.path]
                for name, array in entry.to_published(gradient).items():
                    limit = limits.get(name, 2e-3)
                    assert_thinned_close(array, expected, name, limit)

    def assert_images(self):
        """Compares the images of the step and their condition."""
        arrays = self.arrays
        model, _ = self.family.assembled_model(arrays)
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


def assert_generator_loss(arrays, make_discriminator):
    """Compares the loss of generated images, its terms and its gradients.

    Args:
        arrays: the fixture.
        make_discriminator: function of parameters, size of images, width of
            embeddings and width, to a discriminator and its entries.

    Returns:
        List of the entries of each discriminator.
    """
    keys = sorted(key for key in arrays if key.startswith("in/fake_imgs"))
    images = [tf.constant(nhwc(arrays[key])) for key in keys]
    sentence = tf.constant(arrays["in/sent_emb"])
    made = [
        make_discriminator(
            group(arrays, f"param/netD{index}"),
            image.shape[1],
            sentence.shape[-1],
            scalar(arrays, "in/ndf"),
        )
        for index, image in enumerate(images)
    ]
    weight = scalar(arrays, "in/lambda")
    with tf.GradientTape() as tape:
        tape.watch(images)
        terms = {}
        for index, (discriminator, _) in enumerate(made):
            found = attngan_losses.generator_terms(
                discriminator, images[index], sentence, Replica(1, 0)
            )
            for name, value in found.items():
                terms[f"netD{index}_{name}"] = value
        terms |= _matching_terms(arrays, images[-1], sentence, weight)
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
    return [entries for _, entries in made]


def _matching_terms(arrays, image, sentence, weight):
    words = tf.constant(arrays["in/words_embs"].transpose(0, 2, 1))
    damsm = stand_in_damsm(arrays)
    lengths = arrays["in/cap_lens"]
    regions, code = damsm.image_encoder(image)
    pairs = damsm.matching_terms(
        words,
        sentence,
        tf.sequence_mask(lengths, words.shape[1], tf.int32),
        regions,
        code,
        tf.constant(arrays["in/class_ids"]),
        Replica(1, 0),
    )
    return {
        f"{kind}_loss{number}": weight * value
        for kind, pair in zip("ws", pairs.values(), strict=True)
        for number, value in enumerate(pair)
    }
