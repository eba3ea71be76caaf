import numpy as np
import pytest
import tensorflow as tf

from tests.golden import group
from tests.golden import nchw
from tests.models.text_to_image import published_networks as published
from tests.models.text_to_image.published_step import PublishedStep
from tfragan.distribution import Replica
from tfragan.losses import adversarial_losses
from tfragan.losses import matching_losses
from tfragan.losses import region_attention
from tfragan.losses import sentence_similarities
from tfragan.losses import word_similarities
from tfragan.models.text_to_image import one_stage_losses


@pytest.mark.golden
def test_ssagan_hinge_terms_equal_the_published_ones():
    arrays = published.load_fixture("ssagan_hinge")
    real, wrong, fake = (
        tf.constant(arrays[f"in/{name}"].reshape(-1))
        for name in ("real", "mismatch", "fake")
    )
    hinge = adversarial_losses("hinge")
    replica = Replica(1, 0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, wrong, fake])
        terms = {
            "real": replica.mean(hinge.discriminator_real(real)),
            "wrong": replica.mean(hinge.discriminator_fake(wrong)),
            "fake": replica.mean(hinge.discriminator_fake(fake)),
        }
        loss = one_stage_losses.discriminator_loss(terms)
        generator_loss = one_stage_losses.generator_loss(fake, replica)
    for name, value in {
        "errD_real": terms["real"],
        "errD_mismatch": terms["wrong"],
        "errD_fake": terms["fake"],
        "errD": loss,
        "errG": generator_loss,
    }.items():
        np.testing.assert_allclose(value, arrays[f"out/{name}"], rtol=1e-4)
    for name, value, target in (
        ("errD/real", real, loss),
        ("errD/mismatch", wrong, loss),
        ("errD/fake", fake, loss),
        ("errG/fake", fake, generator_loss),
    ):
        expected = arrays[f"grad/{name}"].reshape(-1)
        found = tape.gradient(target, value)
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=name)


@pytest.mark.golden
def test_ssagan_matching_losses_equal_the_published_ones():
    arrays = published.load_fixture("ssagan_damsm_loss")
    regions = published.tensor(arrays, "region_features")
    image = published.tensor(arrays, "cnn_code")
    words = tf.constant(np.transpose(arrays["in/words_emb"], (0, 2, 1)))
    sentence = published.tensor(arrays, "sent_emb")
    lengths = arrays["in/cap_lens"]
    mask = tf.sequence_mask(lengths, words.shape[1])
    inputs = {
        "region_features": regions,
        "cnn_code": image,
        "words_emb": words,
        "sent_emb": sentence,
    }
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        tables = {
            "w": word_similarities(words, mask, regions, 5.0, 5.0, 10.0),
            "s": sentence_similarities(image, sentence, 10.0),
        }
        found = {}
        for classes, prefix in (
            (arrays["in/class_ids"], ""),
            (None, "nomask_"),
        ):
            for kind, table in tables.items():
                for number, loss in enumerate(matching_losses(table, classes)):
                    found[f"{prefix}{kind}_loss{number}"] = loss
        total = sum(v for k, v in found.items() if not k.startswith("nomask"))
    found["damsm"] = total
    for name, value in found.items():
        expected = arrays[f"out/{name}"]
        np.testing.assert_allclose(value, expected, rtol=1e-4, err_msg=name)
    attention = region_attention(
        words,
        mask,
        tf.reshape(regions, (len(lengths), -1, regions.shape[-1])),
        5.0,
    )
    for index, length in enumerate(lengths):
        expected = arrays[f"out/att_{index}"]
        maps = attention[index, index, :length]
        published.assert_within(
            tf.reshape(maps, expected.shape), expected, 1e-4, 1e-6
        )
    gradients = {
        name: tape.gradient(total, value).numpy()
        for name, value in inputs.items()
    }
    gradients["region_features"] = nchw(gradients["region_features"])
    gradients["words_emb"] = np.transpose(gradients["words_emb"], (0, 2, 1))
    published.assert_published_gradients(
        gradients, group(arrays, "grad"), published.MODULE
    )


@pytest.mark.golden
def test_ssagan_generator_loss_has_the_published_gradients():
    arrays = published.load_fixture("ssagan_gloss")
    size = 8 * arrays["out/fake_sub"].shape[-1]
    generator, entries = published.ssagan_generator(
        group(arrays, "param/netG"), size, "float64"
    )
    judge, _ = published.ssagan_discriminator(
        group(arrays, "param/netD"), size, "float64"
    )
    noise, sentence = (
        published.tensor(arrays, name) for name in ("noise", "sent")
    )
    with tf.GradientTape(persistent=True) as tape:
        fake = generator(sentence, noise, training=True)["image"]
        scores = judge.head(judge(fake), sentence)
        loss = one_stage_losses.generator_loss(scores, Replica(1, 0))
    published.assert_within(
        scores, arrays["out/logits"].reshape(-1), 1e-4, 1e-6
    )
    np.testing.assert_allclose(loss, arrays["out/errG"], rtol=1e-4)
    np.testing.assert_allclose(
        np.mean(fake), arrays["out/fake_mean"], rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(np.std(fake), arrays["out/fake_std"], rtol=1e-4)
    published.assert_within(
        nchw(fake)[:, :, 3::8, 5::8], arrays["out/fake_sub"], 1e-4, 1e-6
    )
    published.assert_published_gradients(
        published.gradients_with_inputs(entries, tape, loss, {}),
        group(arrays, "grad/netG"),
        published.NETWORK,
        published.zero_gradients(arrays, prefix="netG/"),
    )


@pytest.fixture(scope="module")
def step():
    """Two iterations of the published training function."""
    return PublishedStep.of_ssagan("ssagan_train_step")


class TestPublishedSSAGANStep:
    @pytest.mark.golden
    def test_losses_of_ssagan(self, step):
        step.assert_losses(
            {
                "errD_real": "loss/real",
                "errD_mismatch": "loss/wrong",
                "errD_fake": "loss/fake",
                "d_loss": "loss/gradient_penalty",
                "errG": "generator_loss",
            }
        )
        for index, losses in enumerate(step.losses):
            expected = step.arrays[f"out/it{index}/errD"]
            hinge = (
                losses["discriminator_loss"] - losses["loss/gradient_penalty"]
            )
            assert float(hinge) == pytest.approx(
                float(expected), rel=(1e-3, 1e-2)[index]
            )

    @pytest.mark.golden
    def test_gradients_of_ssagan(self, step):
        step.assert_gradient_norms(["hinge", "magp", "netG"])

    @pytest.mark.golden
    def test_ssagan_after_the_hinge_step(self, step):
        step.assert_after_hinge()

    @pytest.mark.golden
    def test_ssagan_after_the_first_iteration(self, step):
        step.assert_weights({"netD": 2, "netG": 1})

    @pytest.mark.golden
    def test_ssagan_checksums(self, step):
        step.assert_sums(["netD", "netG"])
