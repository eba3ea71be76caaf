"""Pictures of one caption are compared where that is asked for."""

import types

import numpy as np
import pytest

from tests.random_networks import lpips_backbone
from tests.random_networks import lpips_heads
from tfragan.cli.text_to_image_evaluation import measure_diversity
from tfragan.cli.text_to_image_evaluation import open_lpips


class _Painter:
    """Pictures of noise by the seed, brighter by the caption."""

    def generate_outputs(self, captions, seeds, batch_size):
        pictures = [
            np.random.default_rng(seed).integers(
                0, self.spread(caption), (64, 64, 3)
            )
            for caption, seed in zip(captions, seeds, strict=True)
        ]
        return {"image": np.array(pictures, np.uint8)}

    def spread(self, caption):
        return 256 if caption == "wild" else 2


def _arguments(tmp_path, diversity):
    np.savez(tmp_path / "alexnet.npz", **lpips_backbone("alexnet"))
    np.savez(tmp_path / "heads.npz", **lpips_heads("alexnet"))
    return types.SimpleNamespace(
        diversity=diversity,
        lpips="alexnet",
        lpips_weights=tmp_path / "alexnet.npz",
        lpips_heads=tmp_path / "heads.npz",
        seed=5,
        batch_size=4,
    )


def test_captions_with_wilder_pictures_are_more_diverse(tmp_path):
    arguments = _arguments(tmp_path, 2)
    distance = open_lpips(arguments)
    values = {}
    for captions in (["wild"], ["tame"], ["wild", "tame", "left out"]):
        (found,) = measure_diversity(
            distance, _Painter(), captions, arguments, {"data": "birds"}, 9
        )
        values[tuple(captions)] = found
    wild, tame, both = values.values()
    assert wild.value > 2 * tame.value
    assert both.value == pytest.approx((wild.value + tame.value) / 2)
    assert both.details["pairs"] == 12
    assert both.protocol["images"] == 8
    assert both.metric == "lpips_alexnet_diversity"
    assert wild.error is None
    assert both.error > 0


def test_none_is_measured_unless_asked_for(tmp_path):
    arguments = types.SimpleNamespace(diversity=0)
    assert open_lpips(arguments) is None
    assert measure_diversity(None, None, ["a"], arguments, {}, 0) == []
