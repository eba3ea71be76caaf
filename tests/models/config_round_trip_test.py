"""A config makes a model or network of the same arguments."""

import pytest

from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.ssagan.ssagan_generator_test import SIZES
from tfragan.models import DFGANGenerator
from tfragan.models import OneWayDiscriminator
from tfragan.models import SSAGANGenerator


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (small_models.damsm, {"gamma1": 3.0, "mask_same_class": False}),
        (
            small_models.attngan,
            {"damsm_weight": 2.5, "mask_order": "published"},
        ),
        (small_models.dmgan, {"damsm_weight": 2.5, "mask_order": "published"}),
        (
            small_models.ssagan,
            {"damsm_weight": 0.1, "damsm_parts": ("words",)},
        ),
        (small_models.dfgan, {"version": "2020"}),
        (
            small_ragans.ragan,
            {"supervised": True, "guidance": "image_text", "kl_weight": 0.5},
        ),
        (small_ragans.ragan, {"guidance": "label", "scale_start": "ones"}),
    ],
)
def test_a_model_keeps_every_argument(make, options):
    model = make(**options)
    twin = type(model).from_config(model.get_config())
    assert twin.get_preset_config() == model.get_preset_config()


@pytest.mark.parametrize(
    "network",
    [
        SSAGANGenerator(64, **SIZES),
        DFGANGenerator(64, 6, 2, 5, "2020"),
        OneWayDiscriminator(64, 6, 2, 8),
    ],
    ids=lambda network: type(network).__name__,
)
def test_a_network_keeps_every_argument(network):
    again = type(network).from_config(network.get_config())
    assert again.get_config() == network.get_config()
