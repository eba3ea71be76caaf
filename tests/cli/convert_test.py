"""Published files become presets of the same networks."""

import json

import numpy as np
import pytest
import tensorflow as tf

from tests.cli.conftest import succeed
from tests.convert import published_one_stage
from tests.convert import published_ragan
from tests.convert import torch_files
from tests.convert.published_ugatit import published_tensors
from tests.convert.published_ugatit import small_ugatit
from tests.convert.published_ugatit import write_tensorflow1
from tests.models import small_models
from tests.published import published_values
from tfragan import models
from tfragan.cli import config_file
from tfragan.cli.experiment import open_experiment
from tfragan.convert import attngan_weights
from tfragan.convert import dmgan_weights
from tfragan.models import DFGAN
from tfragan.models import DMGAN
from tfragan.models import RAGAN
from tfragan.models import SSAGAN
from tfragan.models import UGATIT
from tfragan.models import AttnGAN
from tfragan.models import SmallImageEncoder
from tfragan.text import Vocabulary

_DAMSM_CONFIG = """
from tfragan.configs import defaults

def get_config(arg=""):
    config = defaults.published("damsm")
    config.image_encoder.embedding_dim = {embedding_dim}
    config.network.word_dim = {word_dim}
    config.tokenizer.max_words = {max_words}
    return config
"""
_CAPTIONS = ["a red bird", "a blue fish with wings"]
# Two models paint once each here.
pytestmark = pytest.mark.usefixtures("eager", "small_image_encoder")


def _small_image_encoder(embedding_dim, align_corners, name):
    del align_corners
    return SmallImageEncoder(embedding_dim, width=4, input_size=16, name=name)


@pytest.fixture
def small_image_encoder(monkeypatch):
    """In place of 22 million numbers that are random without a file."""
    monkeypatch.setattr(models, "InceptionImageEncoder", _small_image_encoder)


def damsm_flags(damsm, folder, more=()):
    """Writes the published form of a text encoder and names its files."""
    config = folder / "damsm_config.py"
    config.write_text(
        _DAMSM_CONFIG.format(
            embedding_dim=damsm.embedding_dim,
            word_dim=damsm.word_dim,
            max_words=damsm.tokenizer.max_words,
        )
    )
    damsm.tokenizer.vocabulary.save(folder / "vocabulary.txt")
    tensors = published_values(
        attngan_weights.text_encoder_entries(damsm.text_encoder)
    )
    path = folder / "text_encoder200.pth"
    path.write_bytes(torch_files.zipped({**tensors, **dict(more)}))
    return [
        f"--damsm_config={config}",
        f"--vocabulary={folder / 'vocabulary.txt'}",
        f"--text_encoder={path}",
    ]


@pytest.fixture
def assert_refused(refusal, tmp_path):
    """Function that sees to one sentence, and that nothing is left behind."""

    def assert_it(flags, sentence):
        output = f"--output={tmp_path / 'preset'}"
        assert sentence in refusal("convert", *flags, output)
        assert list(tmp_path.iterdir()) == []

    return assert_it


@pytest.fixture
def convert(tmp_path, capsys):
    """Function of flags to the preset that it makes, and what it prints."""

    def run(*flags):
        output = tmp_path / "preset"
        succeed("convert", *flags, f"--output={output}")
        return output, capsys.readouterr().out

    return run


def assert_equal(found, expected):
    tf.nest.map_structure(np.testing.assert_array_equal, found, expected)


def assert_same_weights(found, expected):
    for ours, theirs in zip(found.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


@pytest.fixture(scope="module")
def attngan():
    """A tiny model whose average is not its generator."""
    config = config_file.load("attngan_avatars:tiny")
    model = open_experiment(config).build().model
    draw = np.random.default_rng(0)
    for weight in model.generator_average.weights:
        weight.assign_add(draw.normal(0.0, 0.1, weight.shape))
    return model


@pytest.fixture(scope="module")
def attngan_files(attngan, tmp_path_factory):
    """Flags that name the published form of it."""
    folder = tmp_path_factory.mktemp("published")
    # What is published is the average, under the names of the generator.
    networks = {"generator": [attngan.generator_average]}
    networks["discriminator"] = attngan.discriminators.values()
    flags = damsm_flags(attngan.damsm, folder)
    for kind, found in networks.items():
        entries = getattr(attngan_weights, f"{kind}_entries")
        for number, network in enumerate(found):
            path = folder / f"{kind}{number}.npz"
            np.savez(path, **published_values(entries(network)))
            flags.append(f"--{kind}={path}")
    return ["--config=attngan_avatars:tiny", *flags]


def test_a_converted_attngan_generates_the_same(
    attngan_files, attngan, convert
):
    output, printed = convert(*attngan_files)
    captions = ["a small red circle", "a blue square"]
    found = AttnGAN.from_preset(output)

    assert "0 unused, 0 missing" in printed
    assert "mapped" in (output / "conversion.txt").read_text()
    assert_equal(found.generate(captions), attngan.generate(captions))
    assert_same_weights(found.generator_average, attngan.generator_average)
    for ours, theirs in zip(
        found.discriminators.values(),
        attngan.discriminators.values(),
        strict=True,
    ):
        assert_same_weights(ours, theirs)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--config.network.generator_width=8"], "does not fit"),
        (["--config.network.residual_blocks=2"], "lacks"),
        (["--discriminator=one_more.npz"], "must be given 2 times"),
        (["--text_encoder=no_such_file.npz"], "No such file"),
    ],
)
def test_what_does_not_fit_an_attngan_is_refused(
    attngan_files, assert_refused, flags, sentence
):
    assert_refused([*attngan_files, *flags], sentence)


@pytest.fixture(scope="module")
def dmgan_files(tmp_path_factory):
    """A small model, flags that name its published form, and one too many."""
    folder = tmp_path_factory.mktemp("dmgan")
    model = small_models.dmgan()
    flags = damsm_flags(model.damsm, folder)
    path = folder / "bird_DMGAN.pth"
    entries = dmgan_weights.generator_entries(model.generator)
    path.write_bytes(torch_files.legacy(published_values(entries)))
    flags.append(f"--generator={path}")
    path = folder / "discriminator.pth"
    network = model.discriminators["discriminator_16"]
    entries = dmgan_weights.discriminator_entries(network)
    path.write_bytes(torch_files.zipped(published_values(entries)))
    return model, flags, [f"--discriminator={path}"]


def test_a_converted_dmgan_generates_the_same(dmgan_files, convert):
    expected, flags, _ = dmgan_files
    # Sizes come from the files all the same.
    config = ["--config=dmgan_coco", "--config.network.average_decay=0.5"]
    output, printed = convert(*flags, *config)

    assert "46 tensors mapped, 0 unused, 0 missing" in printed
    assert "DMGAN, for images of 32 pixels, 4 channels wide" in printed
    assert "discriminators: weights as built, which is enough to" in printed
    found = DMGAN.from_preset(output)
    assert (found.damsm_weight, found.average_decay) == (50.0, 0.5)
    assert_equal(
        found.generate(_CAPTIONS, return_attention_maps=True),
        expected.generate(_CAPTIONS, return_attention_maps=True),
    )


def test_what_does_not_fit_a_dmgan_is_refused(dmgan_files, assert_refused):
    _, flags, judge = dmgan_files
    sentence = "--discriminator must be given 2 times or not at all"
    assert_refused([*flags, *judge], sentence)


@pytest.fixture(scope="module")
def damsm():
    return published_one_stage.small_damsm()


@pytest.fixture(scope="module")
def encoders(damsm, tmp_path_factory):
    """Flags that name what all conversions need."""
    return damsm_flags(damsm, tmp_path_factory.mktemp("encoders"))


def test_a_converted_ssagan_generates_the_same(
    damsm, encoders, tmp_path, convert
):
    expected = published_one_stage.small_model("ssagan", damsm)
    generator, discriminator = published_one_stage.write_files(
        published_one_stage.published_tensors(expected),
        tmp_path,
        prefix="module.",
    )
    files = [f"--generator={generator}", f"--discriminator={discriminator}"]
    output, printed = convert(*encoders, *files)

    count = len(expected.generator.weights)
    assert f"{generator}: {count} tensors mapped, 0 unused, 0 mis" in printed
    assert "SSAGAN, for images of 32 pixels, 2 channels wide" in printed
    assert "the image encoder is random" in printed
    assert "check that both files belong together" in printed
    assert "weights as built" not in printed
    report = (output / "conversion.txt").read_text()
    assert "mapped   conv_mask.0.weight (3, 16, 3, 3) -> " in report
    found = SSAGAN.from_preset(output)
    assert_equal(
        found.generate(_CAPTIONS, return_masks=True),
        expected.generate(_CAPTIONS, return_masks=True),
    )
    assert_same_weights(found.discriminator, expected.discriminator)


def test_the_file_of_2022_is_enough_for_a_dfgan(
    damsm, encoders, tmp_path, convert
):
    expected = published_one_stage.small_model("dfgan2022", damsm)
    (path,) = published_one_stage.write_files(
        published_one_stage.published_tensors(expected), tmp_path
    )
    output, printed = convert(*encoders, f"--generator={path}")

    assert "  optimizers, epoch: is none of the networks" in printed
    assert "DFGAN as published in 2022, for images of 32 pixels" in printed
    found = DFGAN.from_preset(output)
    assert_equal(
        found.generate(_CAPTIONS, truncation=0.88),
        expected.generate(_CAPTIONS, truncation=0.88),
    )


def test_a_generator_alone_is_told_to_be_enough(
    damsm, encoders, tmp_path, convert, monkeypatch
):
    # The published image encoder, once.
    monkeypatch.undo()
    expected = published_one_stage.small_model("dfgan2020", damsm)
    path = tmp_path / "netG.pth"
    networks = published_one_stage.published_tensors(expected)
    path.write_bytes(torch_files.legacy(networks["netG"]))
    output, printed = convert(*encoders, f"--generator={path}")

    assert "discriminator: weights as built, which is enough to gen" in printed
    assert "  as built " in (output / "conversion.txt").read_text()
    config = json.loads((output / "config.json").read_text())
    assert config["class_name"] == "DFGAN"
    assert config["config"]["version"] == "2020"
    assert "InceptionImageEncoder" in json.dumps(config)


@pytest.fixture(scope="module")
def one_stage_files(damsm, encoders, tmp_path_factory):
    """Files that fit or do not fit together, by short names."""
    folder = tmp_path_factory.mktemp("files")
    model = published_one_stage.small_model("ssagan", damsm)
    generator, discriminator = published_one_stage.write_files(
        published_one_stage.published_tensors(model), folder
    )
    broken = folder / "broken.pth"
    broken.write_bytes(generator.read_bytes()[:-400])
    vocabulary = folder / "vocabulary.txt"
    Vocabulary(small_models.WORDS[:3]).save(vocabulary)
    return {
        "netG": generator,
        "netD": discriminator,
        "broken": broken,
        "short": vocabulary,
        "encoder": encoders[2].removeprefix("--text_encoder="),
    }


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"generator": None}, "--discriminator is of use with --generator"),
        ({"discriminator": ["a", "b"]}, "once or not at all"),
        ({"discriminator": "netG"}, "no discriminator of SSA-GAN or DF"),
        ({"discriminator": "none.pth"}, "No such file or directory: none.pth"),
        ({"generator": "broken"}, "is damaged or cut short"),
        ({"generator": "encoder"}, "that can be converted, but a text encoder"),
        ({"vocabulary": "short"}, "has 3 entries, and the text encoder of"),
        ({"config": "damsm_cub"}, "SSA-GAN and DF-GAN are converted without"),
        ({"checkpoint": "x.pt"}, "of another model: one model"),
    ],
)
def test_what_does_not_fit_ssagan_or_dfgan_is_refused(
    encoders, one_stage_files, assert_refused, change, sentence
):
    flags = {"generator": "netG", "discriminator": "netD", **change}
    given = [
        f"--{flag}={one_stage_files.get(value, value)}"
        for flag, values in flags.items()
        if values is not None
        for value in (values if isinstance(values, list) else [values])
    ]
    assert_refused([*encoders, *given], sentence)


@pytest.fixture(scope="module")
def ragans():
    return {
        "color": published_ragan.small_model((True, "image_text")),
        "domains": published_ragan.small_model((False, "image")),
    }


@pytest.fixture(scope="module")
def ragan_files(ragans, tmp_path_factory):
    """Flags by short names."""
    folder = tmp_path_factory.mktemp("published")
    # More than the report on the screen has room for.
    more = {f"old.{n}": np.zeros(1, "f4") for n in range(12)}
    found = {"text": damsm_flags(ragans["color"].damsm, folder, more)}
    for name, model in ragans.items():
        networks = published_ragan.with_idle(
            published_ragan.published_tensors(model)
        )
        paths = published_ragan.write_files(networks, folder / name)
        found[name] = [
            f"--generator={paths['generator']}",
            f"--reference_encoder={paths['encoder']}",
        ]
        found[f"{name}_judges"] = [
            f"--discriminator={path}" for path in paths["discriminators"]
        ]
    one_stage = published_one_stage.small_model("ssagan", small_models.damsm())
    path, _ = published_one_stage.write_files(
        published_one_stage.published_tensors(one_stage), folder
    )
    found["ssagan"] = [f"--generator={path}"]
    return found


def flags_of(ragan_files, names):
    return [flag for name in names for flag in ragan_files.get(name, [name])]


def networks_of(model):
    """By their published names, with the text encoder where there is one."""
    networks = published_ragan.published_networks(model)
    if model.damsm is not None:
        networks["text"] = model.damsm.text_encoder
    return networks


def assert_same_networks(preset, expected, names):
    found = networks_of(RAGAN.from_preset(preset))
    for name in names:
        assert_same_weights(found[name], networks_of(expected)[name])


def test_a_converted_colorization_is_a_preset_of_its_networks(
    ragans, ragan_files, convert
):
    names = ["text", "color", "color_judges"]
    output, printed = convert(*flags_of(ragan_files, names))

    assert "supervised RAGAN guided by image_text, for images of 32" in printed
    assert "  n1.running_mean, n1.running_var, n2.running_mean, " in printed
    assert "  old.9\n  and 2 more, see conversion.txt" in printed
    assert "the image encoder is random" in printed
    assert "--image_size sets another" in printed
    assert "weights as built" not in printed
    report = (output / "conversion.txt").read_text()
    assert "mapped   tr2.att.smooth.0.weight (16, 16, 3, 3) -> " in report
    assert "unused   n1.running_var: is bookkeeping of an instance" in report
    names = ("G", "E_image", "D_0", "D_1", "D_2", "text")
    assert_same_networks(output, ragans["color"], names)


def test_a_model_that_images_guide_needs_no_text_encoder(
    ragans, ragan_files, convert
):
    names = ["domains", "--image_size=24"]
    output, printed = convert(*flags_of(ragan_files, names))

    assert "unsupervised RAGAN guided by image, for images of 24" in printed
    assert "discriminators: weights as built, which is enough" in printed
    assert "--image_size" not in printed
    assert_same_networks(output, ragans["domains"], ("G", "E_image"))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["color"], "its text encoder is missing."),
        (["color", "color_judges"], "its text encoder is missing."),
        (["color", "--text_encoder=t.pth"], "--vocabulary is required"),
        (["--reference_encoder=e.pth"], "--generator is required"),
        (["text", "--image_size=64"], "--generator is required"),
        (["color", "--config=attngan_cub"], "--config is of AttnGAN"),
        (
            ["color", "--checkpoint=x.pt"],
            "is of U-GAT-IT and --generator of another",
        ),
        (["ssagan", "text", "--supervised=on"], "no generator of RAGAN, but"),
        (["domains", "--image_size=33"], "must be a multiple of 4"),
        (["domains", "--supervised=on"], "of a RAGAN that is unsupervised"),
        (["domains", "--discriminator=d.pth"], "all or none. Received: 1 file"),
    ],
)
def test_what_does_not_fit_a_ragan_is_refused(
    ragan_files, assert_refused, names, sentence
):
    flags = flags_of(ragan_files, names)
    assert_refused(flags, sentence)


def test_a_converted_ugatit_translates_the_same(tmp_path, convert):
    expected = small_ugatit()
    networks = published_tensors(expected)
    del networks["disLB"]
    path = tmp_path / "cat2dog_params_0001000.pt"
    path.write_bytes(torch_files.zipped(networks))
    output, printed = convert(f"--checkpoint={path}", "--image_size=32")
    found = UGATIT.from_preset(output)
    photo = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), "uint8")

    assert "genA2B: 26 tensors mapped, 0 unused, 0 missing" in printed
    assert "light model of the variant pytorch, for images of 32" in printed
    assert "disLB: weights as built" in printed
    assert "as built " in (output / "conversion.txt").read_text()
    for direction in ("ab", "ba"):
        assert_equal(
            found.translate(photo, direction),
            expected.translate(photo, direction),
        )


def test_a_tensorflow_checkpoint_says_what_it_assumes(tmp_path, convert):
    networks = published_tensors(small_ugatit(variant="tensorflow1"))
    _, printed = convert(
        f"--checkpoint={write_tensorflow1(networks, tmp_path)}"
    )
    assert "the files do not tell the image size" in printed
    assert "--smoothing=off leaves it as it is" in printed
    assert "/Adam, ...: is the optimizer's\n" in printed


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([], "--checkpoint is required"),
        (["--checkpoint=none.pt"], "--output is required"),
        (["--checkpoint=none.pt", "--output=o"], "No such file"),
        (["--smoothing=on", "--generator=g.pth"], "one model is converted"),
        (["--image_size=64", "--output=o"], "--checkpoint is required"),
    ],
)
def test_flags_that_do_not_fit_are_refused(flags, sentence, refusal):
    assert sentence in refusal("convert", *flags)
