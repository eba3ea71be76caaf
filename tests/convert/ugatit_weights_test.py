"""The maps of published U-GAT-IT names, at published size."""

import json
import pathlib

import numpy as np
import pytest

from tfragan.convert import ugatit_weights
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator

_KEYS = pathlib.Path(__file__).parent / "fixtures" / "ugatit_keys.json"
# Learned parameters of the published networks.
_COUNTS = {
    "generator_light": 10_589_888,
    "generator_full": 278_959_808,
    "discriminator_local": 3_290_560,
    "discriminator_global": 53_130_176,
}
_SLOW = {"generator_full", "discriminator_global"}


def _build(network):
    if network.startswith("generator"):
        model = UGATITGenerator(light=network == "generator_light")
        entries = ugatit_weights.generator_entries
    else:
        model = UGATITDiscriminator(5 if network.endswith("local") else 7)
        entries = ugatit_weights.discriminator_entries
    model.build()
    return model, entries(model)


def _published(network):
    shapes = json.loads(_KEYS.read_text("utf-8"))[network]
    draw = np.random.default_rng(0)
    return {
        key: draw.standard_normal(shape, dtype="float32")
        for key, shape in shapes.items()
    }


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in _SLOW else [])
        for name in _COUNTS
    ],
)
def test_every_tensor_of_the_published_size_is_mapped(network):
    model, entries = _build(network)
    tensors = _published(network)
    report = load_state_dict(entries, tensors, "published file")
    assert not report.unused
    assert len(report.mapped) == len(tensors)
    assert len(entries) == len(model.weights)
    learned = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert learned == _COUNTS[network]
    for entry in entries:
        named = entry.to_published(entry.variable.numpy())
        for key, value in named.items():
            np.testing.assert_array_equal(value, tensors[key], err_msg=key)


def test_all_features_of_the_full_mode_are_brought_into_our_order():
    generator = UGATITGenerator(8, width=1, residual_blocks=1)
    generator.build()
    entries = {
        e.keys[0]: e for e in ugatit_weights.generator_entries(generator)
    }
    # The weight of a feature is its published place: channel, row, column.
    published = np.tile(np.arange(16.0), (4, 1))
    ours = entries["FC.0.weight"].from_published([published])
    features = np.arange(16).reshape(4, 2, 2).transpose(1, 2, 0)
    np.testing.assert_array_equal(ours[:, 0], features.reshape(-1))


def test_the_published_tensorflow_program_has_its_248_variables():
    generator = UGATITGenerator(8, variant="tensorflow1", width=1)
    generator.build()
    entries = []
    for letter in "AB":
        entries += ugatit_weights.tensorflow1_generator_entries(
            generator, f"generator_{letter}"
        )
        for kind, layers in (("local", 5), ("global", 7)):
            network = UGATITDiscriminator(layers, 1, "tensorflow1")
            network.build()
            entries += ugatit_weights.tensorflow1_discriminator_entries(
                network, f"discriminator_{letter}/{kind}"
            )
    names = [entry.keys[0] for entry in entries]
    assert len(set(names)) == len(names)
    learned = [entry.keys[0] for entry in entries if entry.variable.trainable]
    assert len(learned) == 248
    assert sum(name.endswith("kernel") for name in learned) == 88
    vectors = set(names) - set(learned)
    assert len(vectors) == 2 * (6 + 8)
    assert all(name.endswith("/u") for name in vectors)
    assert {
        "generator_A/conv/conv2d/kernel",
        "generator_B/ins_norm_1/gamma",
        "generator_A/resblock_3/res2/instance_norm/beta",
        "generator_B/adaptive_resblock0/res1/instance_layer_norm/rho",
        "generator_A/MLP/gamma/dense/bias",
        "generator_B/layer_ins_norm_1/rho",
        "discriminator_A/local/conv_last/bias",
        "discriminator_B/global/CAM_logit/kernel",
        "discriminator_B/global/D_logit/u",
    } <= set(names)


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("UpBlock2.3.rho", (64,)),
        ("conv1x1.weight", (16, 8, 1, 1)),
        ("FC.0.weight", (4, 32)),
    ],
)
def test_a_shape_that_does_not_fit_is_named(key, shape):
    generator = UGATITGenerator(8, width=1, residual_blocks=1)
    generator.build()
    entries = ugatit_weights.generator_entries(generator)
    tensors = {
        name: value
        for entry in entries
        for name, value in entry.to_published(entry.variable.numpy()).items()
    }
    load_state_dict(entries, tensors, "a.pt")
    tensors[key] = np.zeros(shape, "float32")
    with pytest.raises(ConversionError, match=f"a.pt: tensor {key} of shape"):
        load_state_dict(entries, tensors, "a.pt")


def test_names_of_the_other_variant_are_refused():
    generator = UGATITGenerator(8, width=1, residual_blocks=1)
    with pytest.raises(ValueError, match="'tensorflow1'.*'pytorch'"):
        ugatit_weights.tensorflow1_generator_entries(generator, "generator_A")
    discriminator = UGATITDiscriminator(4, 1, "tensorflow1")
    with pytest.raises(ValueError, match="'pytorch'.*'tensorflow1'"):
        ugatit_weights.discriminator_entries(discriminator)
