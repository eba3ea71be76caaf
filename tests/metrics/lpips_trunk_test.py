import keras
import numpy as np
import pytest

from tfragan.metrics.lpips_trunk import NETWORKS
from tfragan.metrics.lpips_trunk import SMALLEST_SIDE
from tfragan.metrics.lpips_trunk import LPIPSTrunk


@pytest.mark.parametrize(
    ("network", "sides", "channels"),
    [
        ("alexnet", [15, 7, 3, 3, 3], [64, 192, 384, 256, 256]),
        ("vgg16", [64, 32, 16, 8, 4], [64, 128, 256, 512, 512]),
    ],
)
def test_maps_have_the_sizes_of_torchvision(network, sides, channels):
    trunk = LPIPSTrunk(network)
    maps = trunk(np.zeros((1, 64, 64, 3), np.float32))
    assert [each.shape[1] for each in maps] == sides
    assert [each.shape[-1] for each in maps] == channels == trunk.channels
    copy = LPIPSTrunk.from_config(trunk.get_config())
    assert list(copy.convolutions) == list(trunk.convolutions)


def test_vgg16_is_that_of_keras():
    keras.utils.set_random_seed(0)
    trunk = LPIPSTrunk("vgg16")
    images = np.random.default_rng(0).normal(size=(1, 40, 48, 3))
    images = images.astype(np.float32)
    maps = trunk(images)
    source = keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(40, 48, 3)
    )
    layers = [layer for layer in source.layers if "conv" in layer.name]
    for ours, layer in zip(trunk.convolutions.values(), layers, strict=True):
        layer.set_weights(ours.get_weights())
    ends = ["block1_conv2", "block2_conv2"]
    ends += [f"block{block}_conv3" for block in (3, 4, 5)]
    outputs = [source.get_layer(name).output for name in ends]
    expected = keras.Model(source.input, outputs)(images)
    for actual, each in zip(maps, expected, strict=True):
        np.testing.assert_allclose(actual, each, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_smallest_images_leave_a_cell(network):
    trunk = LPIPSTrunk(network)
    side = SMALLEST_SIDE[network]
    maps = trunk(np.zeros((1, side, side, 3), np.float32))
    assert min(each.shape[1] for each in maps) == 1
