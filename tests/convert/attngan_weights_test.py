"""The maps of published names, at published size, on random weights."""

import json
import pathlib

import numpy as np
import pytest

from tfragan.convert import attngan_weights
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import AttnGANDiscriminator
from tfragan.models import AttnGANGenerator
from tfragan.models import TextEncoder

_KEYS = pathlib.Path(__file__).parent / "fixtures" / "attngan_keys.json"

# Learned parameters as the published code counts them, buffers left out.
_COUNTS = {
    ("text_encoder", "bird"): 2_075_320,
    ("text_encoder", "coco"): 8_629_420,
    ("generator", "bird"): 7_084_592,
    ("generator", "coco"): 13_811_456,
    ("generator_dcgan", "bird"): 6_638_960,
    ("discriminator_64", "bird"): 6_313_730,
    ("discriminator_64", "coco"): 13_304_450,
    ("discriminator_128", "bird"): 19_424_002,
    ("discriminator_256", "bird"): 71_858_946,
}
_SLOW = {
    ("discriminator_128", "bird"),
    ("discriminator_256", "bird"),
    ("generator", "coco"),
    ("discriminator_64", "coco"),
}


def _build(network, data):
    coco = data == "coco"
    if network == "text_encoder":
        model = TextEncoder(27297 if coco else 5450)
        entries = attngan_weights.text_encoder_entries
    elif network.startswith("generator"):
        dcgan = network.endswith("dcgan")
        model = AttnGANGenerator(
            width=48 if coco else 32,
            residual_blocks=0 if dcgan else 3 if coco else 2,
            image_every_stage=not dcgan,
        )
        entries = attngan_weights.generator_entries
    else:
        size = int(network.rsplit("_", 1)[1])
        model = AttnGANDiscriminator(size, width=96 if coco else 64)
        entries = attngan_weights.discriminator_entries
    model.build()
    return model, entries(model)


def _published(network, data):
    shapes = json.loads(_KEYS.read_text("utf-8"))[network][data]
    draw = np.random.default_rng(0)
    return {
        key: draw.standard_normal(shape, dtype="float32")
        for key, shape in shapes.items()
    }


@pytest.mark.parametrize(
    ("network", "data"),
    [
        pytest.param(*case, marks=[pytest.mark.slow] if case in _SLOW else [])
        for case in _COUNTS
    ],
)
def test_every_tensor_of_the_published_size_is_mapped(network, data):
    model, entries = _build(network, data)
    tensors = _published(network, data)
    report = load_state_dict(entries, tensors, "published file")
    assert not report.unused
    assert not report.missing
    assert len(report.mapped) == len(tensors)
    learned = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert learned == _COUNTS[network, data]
    for entry in entries:
        named = entry.to_published(entry.variable.numpy())
        for key, value in named.items():
            np.testing.assert_array_equal(value, tensors[key], err_msg=key)


def test_a_shape_that_does_not_fit_is_named_and_nothing_is_changed():
    model, entries = _build("text_encoder", "bird")
    tensors = _published("text_encoder", "bird")
    tensors["rnn.weight_hh_l0"] = np.zeros((512, 127), "float32")
    before = [weight.numpy() for weight in model.weights]
    message = r"a\.pth: tensor rnn\.weight_hh_l0 of shape \(512, 127\) .*512\)"
    with pytest.raises(ConversionError, match=message):
        load_state_dict(entries, tensors, "a.pth")
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_missing_and_unused_tensors_are_reported_by_name():
    _, entries = _build("text_encoder", "bird")
    tensors = _published("text_encoder", "bird")
    del tensors["encoder.weight"]
    tensors["decoder.weight"] = np.zeros(3, "float32")
    with pytest.raises(ConversionError, match=r"lacks 1 .*encoder\.weight"):
        load_state_dict(entries, tensors, "a.pth")
    report = load_state_dict(entries, tensors, "a.pth", strict=False)
    assert report.unused == ["decoder.weight"]
    assert report.missing == ["encoder.weight"]
    assert "missing  encoder.weight" in str(report)
