"""What every converter does with the published files of its model."""

import collections
import dataclasses
import functools
import json
import pathlib
import re
import types

import ml_collections
import numpy as np
import pytest

from tests.convert import published_one_stage
from tests.convert import published_ragan
from tests.convert import published_ugatit
from tests.convert import torch_files
from tests.models import small_models
from tests.published import assert_same_weights
from tests.published import published_values
from tests.published import randomize
from tfragan.convert import attngan_weights
from tfragan.convert import dmgan_weights
from tfragan.convert import one_stage_weights
from tfragan.convert import ragan_weights
from tfragan.convert import ugatit_weights
from tfragan.convert.weight_map import OTHER_ENTRIES
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import AttnGANDiscriminator
from tfragan.models import AttnGANGenerator
from tfragan.models import DFGANGenerator
from tfragan.models import DMGANDiscriminator
from tfragan.models import DMGANGenerator
from tfragan.models import OneWayDiscriminator
from tfragan.models import SSAGANGenerator
from tfragan.models import TextEncoder
from tfragan.models.ugatit.ugatit_discriminator import UGATITDiscriminator
from tfragan.models.ugatit.ugatit_generator import UGATITGenerator

_FIXTURES = pathlib.Path(__file__).parent / "fixtures"
_NO_FLAGS = {
    "checkpoint": [],
    "config": None,
    "discriminator": [],
    "generator": "",
    "image_size": 0,
    "reference_encoder": "",
    "smoothing": "auto",
    "supervised": "auto",
    "text_encoder": "",
}


@dataclasses.dataclass(frozen=True)
class Published:
    """A small model and how its files are written and converted.

    Args:
        converter: module of `tfragan.convert`.
        model: the model.
        tensors: dict of published network to a dict of tensors.
        networks: function of a model to the networks that the files hold.
        write: function of tensors, folder and form that gives flags of
            `tfragan convert`.
        example: network and name of a tensor that tells no size.
        strict: whether unknown tensors are refused, or only reported.
    """

    converter: types.ModuleType
    model: object
    tensors: dict
    networks: object
    write: object
    example: tuple
    strict: bool = True

    def convert(self, tensors, folder, form="zipped"):
        flags = {**_NO_FLAGS, **self.write(tensors, folder, form)}
        damsm = getattr(self.model, "damsm", None)
        model, reports, _ = self.converter.convert(
            types.SimpleNamespace(**flags),
            lambda align_corners: (damsm, {}, []),
        )
        return model, reports


def _prefix(form):
    # As of `DataParallel`.
    return "module." if form == "zipped" else ""


def _several_stages(model, converter, more, strict):
    """A model with AttnGAN's kinds of networks, and further flags."""
    networks = {"netG": model.generator}
    for size, network in enumerate(model.discriminators.values()):
        networks[f"netD{size}"] = network
    randomize(networks.values())
    entries = {
        "G": converter.generator_entries,
        "D": converter.discriminator_entries,
    }

    def write(tensors, folder, form):
        paths = torch_files.write_networks(tensors, folder, _prefix(form), form)
        generator, *judges = map(str, paths.values())
        return {"generator": generator, "discriminator": judges, **more}

    return Published(
        converter,
        model,
        {
            name: published_values(entries[name[3]](networks[name]))
            for name in networks
        },
        lambda found: [found.generator, *found.discriminators.values()],
        write,
        ("netG", "h_net1.fc.1.weight"),
        strict=strict,
    )


def _attngan():
    sizes = {"network": small_models.ATTNGAN_SIZES}
    return _several_stages(
        small_models.attngan(),
        attngan_weights,
        {"config": ml_collections.ConfigDict(sizes)},
        strict=False,
    )


def _dmgan():
    # Its sizes are told by its tensors.
    return _several_stages(small_models.dmgan(), dmgan_weights, {}, strict=True)


def _one_stage(family, example):
    model = published_one_stage.small_model(family, small_models.damsm())

    def write(tensors, folder, form):
        generator, *judges = published_one_stage.write_files(
            tensors, folder, _prefix(form), form
        )
        return {"generator": generator, "discriminator": judges}

    return Published(
        one_stage_weights,
        model,
        published_one_stage.published_tensors(model),
        lambda found: [found.generator, found.discriminator],
        write,
        example,
    )


def _ragan():
    model = published_ragan.small_model((True, "image_text"))

    def write(tensors, folder, form):
        files = published_ragan.write_files(
            tensors, folder, _prefix(form), form
        )
        return {
            "generator": files["generator"],
            "discriminator": files["discriminators"],
            "reference_encoder": files["encoder"],
            "text_encoder": "read_damsm reads it",
        }

    tensors = published_ragan.published_tensors(model)
    return Published(
        ragan_weights,
        model,
        published_ragan.with_idle(tensors),
        lambda found: published_ragan.published_networks(found).values(),
        write,
        ("G", "tr3.att.smooth.0.weight"),
    )


def _ugatit(variant, example):
    model = published_ugatit.small_ugatit(variant=variant)

    def write(tensors, folder, form):
        if variant == "tensorflow1":
            path = published_ugatit.write_tensorflow1(tensors, folder)
        else:
            path = folder / "cat2dog_params_0000120.pt"
            path.write_bytes(getattr(torch_files, form)(tensors))
        return {"checkpoint": [path], "image_size": 32}

    return Published(
        ugatit_weights,
        model,
        published_ugatit.published_tensors(model),
        lambda found: found.networks().values(),
        write,
        example,
        strict=False,
    )


_MAKERS = {
    "attngan": _attngan,
    "dmgan": _dmgan,
    "ssagan": lambda: _one_stage("ssagan", ("netD", "block1.conv_s.bias")),
    "dfgan2020": lambda: _one_stage("dfgan2020", ("netG", "block1.c1.bias")),
    "dfgan2022": lambda: _one_stage("dfgan2022", ("netG", "GBlocks.0.c1.bias")),
    "ragan": _ragan,
    "ugatit": lambda: _ugatit("pytorch", ("genA2B", "gamma.weight")),
    "ugatit_tensorflow1": lambda: _ugatit(
        "tensorflow1", ("genA2B", "generator_B/MLP/gamma/dense/bias")
    ),
}


@functools.cache
def published(name):
    return _MAKERS[name]()


every_converter = pytest.mark.parametrize("name", _MAKERS)


@every_converter
@pytest.mark.parametrize("form", ["legacy", "zipped"])
def test_a_converted_model_has_the_weights_of_its_files(name, form, tmp_path):
    case = published(name)
    expected = case.model

    found, reports = case.convert(case.tensors, tmp_path, form)

    assert type(found) is type(expected)
    assert_same_weights(case.networks(found), case.networks(expected))
    told = collections.Counter()
    for source, report in reports.items():
        if source == OTHER_ENTRIES:
            continue
        assert not report.missing
        assert set(report.unused) <= set(report.notes)
        names = [key for key, _, _ in report.mapped] + report.unused
        told.update(
            key.removeprefix("netD.").removeprefix("netC.") for key in names
        )
        assert all(key in str(report) for key in names)
    assert told == collections.Counter(
        key
        for tensors in case.tensors.values()
        for key in tensors
        if not key.endswith("num_batches_tracked")
    )


def test_networks_are_chosen_by_content_from_files_of_several(tmp_path):
    case = published("attngan")
    flags = case.write(case.tensors, tmp_path, "zipped")
    generator = case.tensors["netG"]
    _, *judges = case.tensors
    for path, name in zip(flags["discriminator"], judges, strict=True):
        both = {"netG": generator, "netD": case.tensors[name]}
        content = torch_files.zipped({"epoch": 3, "model": both})
        pathlib.Path(path).write_bytes(content)
    flags["generator"] = flags["discriminator"][0]
    write = lambda *_: flags  # noqa: E731
    nested = dataclasses.replace(case, write=write)
    found, _ = nested.convert(case.tensors, tmp_path)
    assert_same_weights(case.networks(found), case.networks(case.model))


def test_the_converter_is_chosen_by_content_and_not_by_the_networks_name(
    tmp_path,
):
    path = tmp_path / "latest.pth"
    nested = {"netG": published("ragan").tensors["G"]}
    path.write_bytes(torch_files.zipped(nested))
    flags = types.SimpleNamespace(**{**_NO_FLAGS, "generator": str(path)})
    assert ragan_weights.recognizes(flags)
    assert not one_stage_weights.recognizes(flags)


def _with_change(case, change):
    """The tensors, of which the example's network is a changed copy."""
    network, key = case.example
    tensors = dict(case.tensors[network])
    change(tensors, key)
    return {**case.tensors, network: tensors}


def _without(tensors, key):
    del tensors[key]


def _misshaped(tensors, key):
    tensors[key] = np.ones((2, 3), "float32")


def _not_a_number(tensors, key):
    tensors[key] = tensors[key].copy()
    tensors[key].flat[-1] = np.nan


def _too_large(tensors, key):
    tensors[key] = np.full(tensors[key].shape, 1e300)


@every_converter
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_without, "lacks 1 tensors .*{}"),
        (_misshaped, r"tensor .*{}.* of shape \(2, 3\) does not fit"),
        (_not_a_number, "tensor .*{}.* holds numbers that are not finite"),
        (_too_large, "tensor .*{}.* holds numbers that are not finite"),
    ],
)
def test_a_bad_tensor_is_named(name, change, sentence, tmp_path):
    case = published(name)
    sentence = sentence.format(re.escape(case.example[1]))
    with pytest.raises(ConversionError, match=sentence):
        case.convert(_with_change(case, change), tmp_path)


@every_converter
def test_an_unknown_tensor_is_named(name, tmp_path):
    case = published(name)
    strange = f"{case.example[1]}_strange"

    def add(tensors, _):
        tensors[strange] = np.ones(3, "float32")

    tensors = _with_change(case, add)
    if case.strict:
        with pytest.raises(ConversionError, match=f"not have: .*{strange}"):
            case.convert(tensors, tmp_path)
        return
    _, reports = case.convert(tensors, tmp_path)
    assert [
        report.unused
        for source, report in reports.items()
        if source != OTHER_ENTRIES and strange in str(report)
    ] == [[strange]]


def test_nothing_is_assigned_before_every_tensor_fits():
    network = TextEncoder(8, embedding_dim=8)
    network.build()
    entries = attngan_weights.text_encoder_entries(network)
    tensors = published_values(entries)
    before = [weight.numpy() for weight in network.weights]
    wrong = {key: value + 1 for key, value in tensors.items()}
    wrong["rnn.bias_hh_l0_reverse"] = np.zeros(3, "float32")
    with pytest.raises(ConversionError, match=r"a\.pth: tensor rnn\.bias_hh"):
        load_state_dict(entries, wrong, "a.pth")
    for weight, value in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)
    del tensors["encoder.weight"]
    report = load_state_dict(entries, tensors, "a.pth", strict=False)
    assert report.missing == ["encoder.weight"]
    assert "missing  encoder.weight" in str(report)


# Published networks at their published sizes: builder, names in the fixtures,
# and learned parameters as the published code counts them, buffers left out.


def _discriminator(size, width):
    return lambda: AttnGANDiscriminator(size, width=width)


_SIZES = {
    "text_encoder/bird": (lambda: TextEncoder(5450), 2_075_320),
    "text_encoder/coco": (lambda: TextEncoder(27297), 8_629_420),
    "generator/bird": (
        lambda: AttnGANGenerator(width=32, residual_blocks=2),
        7_084_592,
    ),
    "generator/coco": (
        lambda: AttnGANGenerator(width=48, residual_blocks=3),
        13_811_456,
    ),
    "generator_dcgan/bird": (
        lambda: AttnGANGenerator(
            width=32, residual_blocks=0, image_every_stage=False
        ),
        6_638_960,
    ),
    "discriminator_64/bird": (_discriminator(64, 64), 6_313_730),
    "discriminator_64/coco": (_discriminator(64, 96), 13_304_450),
    "discriminator_128/bird": (_discriminator(128, 64), 19_424_002),
    "discriminator_256/bird": (_discriminator(256, 64), 71_858_946),
    "dmgan_generator/bird": (
        lambda: DMGANGenerator(width=64, residual_blocks=2),
        21_449_042,
    ),
    "dmgan_generator/coco": (
        lambda: DMGANGenerator(width=64, residual_blocks=3),
        22_335_314,
    ),
    "dmgan_discriminator_64": (
        lambda: DMGANDiscriminator(64, width=32),
        1_878_242,
    ),
    "dmgan_discriminator_128": (
        lambda: DMGANDiscriminator(128, width=32),
        5_155_810,
    ),
    "dmgan_discriminator_256": (
        lambda: DMGANDiscriminator(256, width=32),
        18_264_546,
    ),
    # The published code counts what is idle, too.
    "ssagan_generator": (SSAGANGenerator, 29_494_273),
    "ssagan_discriminator": (OneWayDiscriminator, 80_379_526 - 2_099_200),
    "dfgan_2022_generator": (DFGANGenerator, 9_744_131),
    "dfgan_2022_discriminator": (
        lambda: OneWayDiscriminator(width=32, widest=8),
        6_619_206 + 295_936 - 3 * 65_792,
    ),
    "dfgan_2020_generator": (
        lambda: DFGANGenerator(version="2020"),
        12_240_010,
    ),
    "generator_light": (lambda: UGATITGenerator(light=True), 10_589_888),
    "generator_full": (lambda: UGATITGenerator(light=False), 278_959_808),
    "discriminator_local": (lambda: UGATITDiscriminator(5), 3_290_560),
    "discriminator_global": (lambda: UGATITDiscriminator(7), 53_130_176),
}
_LARGE = 13e6
_IDLE = {
    "ssagan_discriminator": r"block[45]\.conv_s\..*",
    "dfgan_2022_discriminator": r"netD\.DBlocks\.[345]\.conv_s\..*",
}
_ENTRIES = {
    TextEncoder: attngan_weights.text_encoder_entries,
    AttnGANGenerator: attngan_weights.generator_entries,
    AttnGANDiscriminator: attngan_weights.discriminator_entries,
    DMGANGenerator: dmgan_weights.generator_entries,
    DMGANDiscriminator: dmgan_weights.discriminator_entries,
    SSAGANGenerator: one_stage_weights.generator_entries,
    DFGANGenerator: one_stage_weights.generator_entries,
    OneWayDiscriminator: one_stage_weights.discriminator_entries,
    UGATITGenerator: ugatit_weights.generator_entries,
    UGATITDiscriminator: ugatit_weights.discriminator_entries,
}


def _published_shapes(name):
    """Dict of name to shape of every tensor that is used."""
    tables = {}
    for path in _FIXTURES.glob("*_keys.json"):
        tables |= json.loads(path.read_text("utf-8"))
    shapes = tables
    for part in name.split("/"):
        shapes = shapes[part]
    if name == "dfgan_2022_discriminator":
        shapes = {f"netD.{key}": shape for key, shape in shapes.items()} | {
            f"netC.{key}": shape
            for key, shape in tables["dfgan_2022_head"].items()
        }
    idle = _IDLE.get(name, "nothing") + r"|.*num_batches_tracked"
    return {k: v for k, v in shapes.items() if not re.fullmatch(idle, k)}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if learned > _LARGE else [])
        for name, (_, learned) in _SIZES.items()
    ],
)
def test_every_tensor_of_the_published_size_is_mapped(name):
    build, learned = _SIZES[name]
    network = build()
    network.build()
    entries_of = _ENTRIES[type(network)]
    if name == "dfgan_2022_discriminator":
        entries_of = one_stage_weights.dfgan_discriminator_entries

    entries = entries_of(network)

    found = {
        key: list(np.shape(value))
        for entry in entries
        for key, value in entry.to_published(
            np.zeros(entry.variable.shape, "float32")
        ).items()
    }
    assert found == _published_shapes(name)
    assert len(entries) == len(network.weights)
    counts = (int(np.prod(v.shape)) for v in network.trainable_variables)
    assert sum(counts) == learned
