"""The maps of published SSA-GAN and DF-GAN names, at published size."""

import json
import pathlib

import numpy as np
import pytest

from tfragan.convert import one_stage_weights
from tfragan.models import DFGANGenerator
from tfragan.models import OneWayDiscriminator
from tfragan.models import SSAGANGenerator

_KEYS = pathlib.Path(__file__).parent / "fixtures" / "one_stage_keys.json"
# Entries of the published files, and learned parameters of the networks; the
# published code counts those that are idle, too.
_COUNTS = {
    "ssagan_generator": (267, 29_494_273),
    "ssagan_discriminator": (34, 80_379_526 - 2_099_200),
    "dfgan_2022_generator": (226, 9_744_131),
    "dfgan_2022_discriminator": (34, 6_619_206 + 295_936 - 3 * 65_792),
    "dfgan_2020_generator": (269, 12_240_010),
}
_IDLE = {
    "ssagan_discriminator": "block[45].conv_s.*",
    "dfgan_2022_discriminator": "netD.DBlocks.[345].conv_s.*",
}
_BUILD = {
    "ssagan_generator": (SSAGANGenerator, one_stage_weights.generator_entries),
    "ssagan_discriminator": (
        OneWayDiscriminator,
        one_stage_weights.discriminator_entries,
    ),
    "dfgan_2022_generator": (
        DFGANGenerator,
        one_stage_weights.generator_entries,
    ),
    "dfgan_2022_discriminator": (
        lambda: OneWayDiscriminator(width=32, widest=8),
        one_stage_weights.dfgan_discriminator_entries,
    ),
    "dfgan_2020_generator": (
        lambda: DFGANGenerator(version="2020"),
        one_stage_weights.generator_entries,
    ),
}


def _published(network):
    """Dict of name to shape of every entry of a published file."""
    tables = json.loads(_KEYS.read_text("utf-8"))
    if network != "dfgan_2022_discriminator":
        return tables[network]
    return {
        f"{name}.{key}": shape
        for name, table in (
            ("netD", tables[network]),
            ("netC", tables["dfgan_2022_head"]),
        )
        for key, shape in table.items()
    }


def _is_used(network, key):
    idle = pathlib.PurePath(key).match(_IDLE.get(network, "none"))
    return not idle and not key.endswith("num_batches_tracked")


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(
            name,
            marks=[pytest.mark.slow] if name == "ssagan_discriminator" else [],
        )
        for name in _COUNTS
    ],
)
def test_every_tensor_of_the_published_size_is_mapped(network):
    shapes = _published(network)
    entries_of_file, learned = _COUNTS[network]
    assert len(shapes) == entries_of_file
    build, entries_of = _BUILD[network]
    model = build()
    model.build()

    entries = entries_of(model)

    found = {
        key: list(np.shape(value))
        for entry in entries
        for key, value in entry.to_published(
            np.zeros(entry.variable.shape, "float32")
        ).items()
    }
    assert found == {
        key: shape for key, shape in shapes.items() if _is_used(network, key)
    }
    assert len(entries) == len(model.weights)
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_variables)
    assert trainable == learned
