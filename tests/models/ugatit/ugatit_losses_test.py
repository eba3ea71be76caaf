import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nchw
from tests.golden import nhwc
from tests.models.ugatit.published_networks import tensorflow1_discriminators
from tests.models.ugatit.published_networks import tensorflow1_generator
from tfragan.distribution import Replica
from tfragan.losses import adversarial_losses
from tfragan.models.ugatit import VARIANTS
from tfragan.models.ugatit import ugatit_losses

# Of the terms, relative, and of the gradients.
_TOLERANCE = 1e-5
_DOMAINS = {"A": ("GA", "LA"), "B": ("GB", "LB")}
_LSGAN = adversarial_losses("lsgan")


def _tensors(arrays):
    """The fixture's inputs in this package's layout."""
    return {
        name: tf.constant(nhwc(array) if array.ndim == 4 else array)
        for name, array in group(arrays, "in").items()
        if not name.startswith("weights")
    }


def _judgment(tensors, prefix):
    return {key: tensors[f"{prefix}_{key}"] for key in ("logit", "cam_logit")}


def _discriminator_phase(tensors, weights, replica):
    """Terms under published names."""
    named = {}
    for domain, names in _DOMAINS.items():
        terms = [
            ugatit_losses.discriminator_terms(
                _LSGAN,
                _judgment(tensors, f"d_real_{name}"),
                _judgment(tensors, f"d_fake_{name}"),
                replica,
            )
            for name in names
        ]
        for name, term in zip(names, terms, strict=True):
            named[f"D_ad_loss_{name}"] = term["ad"]
            named[f"D_ad_cam_loss_{name}"] = term["cam"]
        named[f"D_loss_{domain}"] = ugatit_losses.adversarial_sum(
            terms, weights[0]
        )
    named["Discriminator_loss"] = named["D_loss_A"] + named["D_loss_B"]
    return named


def _generator_phase(tensors, weights, replica):
    """Terms under published names."""
    named = {}
    for domain, other in (("A", "B"), ("B", "A")):
        names = _DOMAINS[domain]
        judged = [
            ugatit_losses.generator_terms(
                _LSGAN, _judgment(tensors, f"g_fake_{name}"), replica
            )
            for name in names
        ]
        for name, term in zip(names, judged, strict=True):
            named[f"G_ad_loss_{name}"] = term["ad"]
            named[f"G_ad_cam_loss_{name}"] = term["cam"]
        kept = ugatit_losses.consistency_terms(
            tensors[f"real_{domain}"],
            tensors[f"fake_{domain}2{other}2{domain}"],
            tensors[f"fake_{domain}2{domain}"],
            tensors[f"fake_{other}2{domain}_cam_logit"],
            tensors[f"fake_{domain}2{domain}_cam_logit"],
            replica,
        )
        for key, name in (
            ("cycle", "recon"),
            ("identity", "identity"),
            ("cam", "cam"),
        ):
            named[f"G_{name}_loss_{domain}"] = kept[key]
        named[f"G_loss_{domain}"] = ugatit_losses.adversarial_sum(
            judged, weights[0]
        ) + ugatit_losses.consistency_sum(kept, *weights[1:])
    named["Generator_loss"] = named["G_loss_A"] + named["G_loss_B"]
    return named


def _phases(tensors, weights, replica):
    return {
        **_discriminator_phase(tensors, weights, replica),
        **_generator_phase(tensors, weights, replica),
    }


@pytest.mark.golden
def test_ugatit_terms_are_published():
    arrays = load("ugatit", "losses")
    weights = arrays["in/weights_adv_cycle_identity_cam"]

    terms = _phases(_tensors(arrays), weights, Replica(1, 0))

    expected = group(arrays, "out")
    assert set(terms) == set(expected)
    for name, value in expected.items():
        assert_close(terms[name], value, _TOLERANCE, name)


@pytest.mark.golden
def test_ugatit_gradients_are_published():
    arrays = load("ugatit", "losses")
    weights = arrays["in/weights_adv_cycle_identity_cam"]
    tensors = _tensors(arrays)
    expected = group(arrays, "grad")
    sources = {name: tensors[name] for name in expected}

    with tf.GradientTape() as tape:
        tape.watch(sources)
        terms = _phases({**tensors, **sources}, weights, Replica(1, 0))
        total = terms["Discriminator_loss"] + terms["Generator_loss"]
    gradients = tape.gradient(total, sources)

    for name, value in expected.items():
        gradient = gradients[name]
        gradient = nchw(gradient) if value.ndim == 4 else gradient
        assert_close(gradient, value, _TOLERANCE, name)


@pytest.mark.golden
def test_ugatit_shares_of_replicas_add_up():
    arrays = load("ugatit", "losses")
    weights = arrays["in/weights_adv_cycle_identity_cam"]
    tensors = _tensors(arrays)
    size = len(arrays["in/real_A"])
    assert size > 1

    shares = [
        _phases(
            {name: tensor[index::size] for name, tensor in tensors.items()},
            weights,
            Replica(size, index),
        )
        for index in range(size)
    ]

    for name, value in group(arrays, "out").items():
        total = np.sum([share[name] for share in shares])
        assert_close(total, value, _TOLERANCE, name)


@pytest.mark.golden
@pytest.mark.parametrize("light", [True, False])
def test_ugatit_decay_of_a_tensorflow1_generator(light):
    name = "light" if light else "full"
    arrays = load("ugatit", f"tf1_generator_{name}")
    generator, _ = tensorflow1_generator(arrays, light)
    _assert_decay([generator], arrays)


@pytest.mark.golden
def test_ugatit_decay_of_tensorflow1_discriminators():
    arrays = load("ugatit", "tf1_discriminators")
    discriminators, _ = tensorflow1_discriminators(arrays)
    _assert_decay(discriminators.values(), arrays)


def _assert_decay(networks, arrays):
    variant = VARIANTS["tensorflow1"]
    term = ugatit_losses.decay_term(
        networks, variant.decayed_names, variant.weight_decay
    )
    assert_close(term, arrays["out/regularisation_loss"], 1e-5)
