"""Files of SSA-GAN and DF-GAN: what they tell, and what is refused."""

import functools

import pytest

from tests.convert import published_one_stage as published
from tests.convert import torch_files
from tests.convert.changed_tensors import TENSOR
from tests.convert.changed_tensors import remove
from tests.convert.changed_tensors import replace
from tests.golden import group
from tests.golden import nchw
from tests.models.text_to_image.published_networks import assert_within
from tests.models.text_to_image.published_networks import load_fixture
from tests.models.text_to_image.published_networks import tensor
from tfragan.convert.one_stage_weights import NO_DISCRIMINATOR
from tfragan.convert.one_stage_weights import convert_one_stage
from tfragan.convert.weight_map import ConversionError


@functools.cache
def damsm():
    return published.small_damsm()


@functools.cache
def model_of(family, image_size=32):
    return published.small_model(family, damsm(), image_size)


def write(folder, family, change=None, image_size=32, **options):
    """The files of a family, after a change of its tensors."""
    networks = published.published_tensors(model_of(family, image_size))
    if change is not None:
        change(networks)
    folder = folder / family
    folder.mkdir(exist_ok=True)
    return published.write_files(networks, folder, **options)


@pytest.mark.parametrize(
    ("family", "image_size", "idle"),
    [
        ("dfgan2022", 64, "netD.DBlocks.3.conv_s."),
        ("ssagan", 128, "block4.conv_s."),
    ],
)
def test_idle_shortcuts_go_unused_with_a_reason(
    family, image_size, idle, tmp_path
):
    paths = write(tmp_path, family, image_size=image_size)
    _, reports = convert_one_stage(damsm(), *paths)
    generator, discriminator = list(reports.values())[:2]
    assert generator.unused == []
    assert sorted(discriminator.unused) == [f"{idle}bias", f"{idle}weight"]
    assert f"unused   {idle}weight: is idle in the publ" in str(discriminator)


@pytest.mark.parametrize(
    ("family", "change", "sentence"),
    [
        (
            "ssagan",
            replace("netD", "block1.conv_s.scale"),
            r"netD_550\.pth holds 1 tensors .*: block1\.conv_s\.scale",
        ),
        (
            "dfgan2022",
            remove("netC", "joint_conv.2"),
            r"netD and netC lacks 1 tensors .*: netC\.joint_conv\.2\.weight",
        ),
        (
            "dfgan2022",
            replace("netG", "to_rgb.1.weight"),
            r"netG: the tensor to_rgb\.1\.weight, .*4 axes.*shape \(2, 3\)",
        ),
        (
            "dfgan2022",
            remove("netG", "fc.weight"),
            r"netG: the tensor fc\.weight, whose 2 axes tell sizes, is miss",
        ),
        (
            "dfgan2020",
            remove("netD", "block2."),
            r"makes images of 32 pixels, and .*netD_550\.pth .* of 16\.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    tmp_path, family, change, sentence
):
    paths = write(tmp_path, family, change)
    with pytest.raises(ConversionError, match=sentence):
        convert_one_stage(damsm(), *paths)


@pytest.mark.parametrize(
    ("generator", "discriminator", "sentence"),
    [
        (
            ("ssagan", 0),
            ("dfgan2022", 0),
            "generator of SSA-GAN and .*discriminator of DF-GAN of 2022: they",
        ),
        (("dfgan2022", 0), ("ssagan", 1), "of SSA-GAN or DF-GAN of 2020: they"),
        (("dfgan2022", 0), ("dfgan2022", 0), "name it alone"),
        (("ssagan", 1), None, "holds no generator .* but a discriminator"),
        (("ssagan", 0), ("ssagan", 0), "no discriminator .* but a generator"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path, generator, discriminator, sentence
):
    paths = [
        write(tmp_path, family)[number]
        for family, number in filter(None, (generator, discriminator))
    ]
    with pytest.raises(ConversionError, match=sentence):
        convert_one_stage(damsm(), *paths)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"ca_net.fc.weight": TENSOR}, "a generator of AttnGAN, .*config"),
        ({"encoder.weight": TENSOR}, "but a text encoder"),
        ({"conv1.weight": TENSOR}, r"but the tensors conv1\.weight\."),
        ({"model": {"netG": {"a": TENSOR}}}, r"but the tensors a\."),
        ({"GBlocks.0.c1.bias": TENSOR}, "holds no block"),
    ],
)
def test_other_files_are_refused_for_what_they_hold(
    tmp_path, content, sentence
):
    path = tmp_path / "other.pth"
    path.write_bytes(torch_files.zipped(content))
    with pytest.raises(ConversionError, match=sentence):
        convert_one_stage(damsm(), path)


def test_sentences_of_another_width_are_refused(tmp_path):
    paths = write(tmp_path, "dfgan2022")
    with pytest.raises(ConversionError, match="of 8 numbers, and .* have 10"):
        convert_one_stage(published.small_damsm(10), *paths)


def assert_published_images(model, name):
    arrays = load_fixture(name)
    outputs = model.generator(tensor(arrays, "sent"), tensor(arrays, "noise"))
    assert_within(nchw(outputs["image"]), arrays["out/image"], 1e-4, 1e-6, name)
    for mask in outputs.get("masks", ()):
        expected = arrays[f"out/mask_{mask.shape[1]}"]
        assert_within(nchw(mask), expected, 1e-4, 1e-6, f"mask {mask.shape}")


def assert_published_scores(model, name):
    arrays = load_fixture(name)
    features = model.discriminator(tensor(arrays, "imgs"))
    scores = model.discriminator.head(features, tensor(arrays, "sent"))
    expected = arrays["out/logits"].reshape(-1)
    assert_within(scores, expected, 1e-4, 1e-6, name)


def write_fixture(networks, folder):
    return published.write_files(
        published.with_idle(networks), folder, prefix="module."
    )


@pytest.mark.golden
@pytest.mark.parametrize(
    "name",
    [
        "ssagan_generator_eval",
        "dfgan2020_generator",
        "dfgan_generator",
        "dfgan_generator256",
    ],
)
def test_ssagan_a_converted_generator_makes_the_published_images(
    tmp_path, name
):
    arrays = load_fixture(name)
    paths = write_fixture({"netG": group(arrays, "param")}, tmp_path)
    width = arrays["in/sent"].shape[1]

    model, reports = convert_one_stage(published.small_damsm(width), *paths)

    assert_published_images(model, name)
    assert NO_DISCRIMINATOR in reports


@pytest.mark.golden
@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("ssagan", "ssagan_discriminator"),
        ("dfgan2020", "ssagan_discriminator"),
        ("dfgan2022", "dfgan_discriminator"),
    ],
)
def test_ssagan_a_converted_discriminator_gives_the_published_scores(
    tmp_path, family, name
):
    arrays = load_fixture(name)
    parameters = group(arrays, "param")
    # The generator of the fixtures may be of other sizes.
    encoders = published.small_damsm(arrays["in/sent"].shape[1])
    size = arrays["in/imgs"].shape[-1]
    maker = published.small_model(family, encoders, size)
    networks = {"netG": published.published_tensors(maker)["netG"]}
    if family == "dfgan2022":
        networks |= {key: group(parameters, key) for key in ("netD", "netC")}
    else:
        networks["netD"] = parameters
    paths = write_fixture(networks, tmp_path)

    model, _ = convert_one_stage(encoders, *paths)

    assert_published_scores(model, name)
