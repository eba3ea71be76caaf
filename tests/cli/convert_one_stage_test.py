"""Published SSA-GAN and DF-GAN files become presets that generate the same."""

import json

import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tests.convert import published_one_stage as published
from tests.convert import torch_files
from tests.models import small_models
from tests.published import published_values
from tfragan.convert import attngan_weights
from tfragan.models import DFGAN
from tfragan.models import SSAGAN
from tfragan.text import Vocabulary

_DAMSM_CONFIG = """
from tfragan.configs import defaults

def get_config(arg=""):
    config = defaults.published("damsm")
    config.image_encoder.embedding_dim = 8
    config.network.word_dim = 6
    config.tokenizer.max_words = 6
    return config
"""
_CAPTIONS = ["a red bird", "a blue fish with wings"]


@pytest.fixture(scope="module")
def damsm():
    return published.small_damsm()


@pytest.fixture(scope="module")
def encoders(damsm, tmp_path_factory):
    """Flags that name what all conversions need."""
    folder = tmp_path_factory.mktemp("encoders")
    config = folder / "damsm_config.py"
    config.write_text(_DAMSM_CONFIG)
    small_models.tokenizer().vocabulary.save(folder / "vocabulary.txt")
    text_encoder = published_values(
        attngan_weights.text_encoder_entries(damsm.text_encoder)
    )
    path = folder / "text_encoder200.pth"
    path.write_bytes(torch_files.zipped(text_encoder))
    return [
        f"--damsm_config={config}",
        f"--vocabulary={folder / 'vocabulary.txt'}",
        f"--text_encoder={path}",
    ]


def test_a_converted_ssagan_generates_the_same(
    damsm, encoders, tmp_path, capsys
):
    expected = published.small_model("ssagan", damsm)
    generator, discriminator = published.write_files(
        published.published_tensors(expected), tmp_path, prefix="module."
    )
    output = tmp_path / "preset"

    status = run_tfragan(
        "convert",
        *encoders,
        f"--generator={generator}",
        f"--discriminator={discriminator}",
        f"--output={output}",
    )

    printed = capsys.readouterr().out
    assert status == 0
    count = len(expected.generator.weights)
    assert f"{generator}: {count} tensors mapped, 0 unused, 0 mis" in printed
    assert "SSAGAN, for images of 32 pixels, 2 channels wide" in printed
    assert "the image encoder is random" in printed
    assert "check that both files belong together" in printed
    assert "weights as built" not in printed
    report = (output / "conversion.txt").read_text()
    assert "mapped   conv_mask.0.weight (3, 16, 3, 3) -> " in report
    found = SSAGAN.from_preset(output)
    for ours, theirs in zip(
        found.generate(_CAPTIONS, return_masks=True),
        expected.generate(_CAPTIONS, return_masks=True),
        strict=True,
    ):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
    for ours, theirs in zip(
        found.discriminator.weights,
        expected.discriminator.weights,
        strict=True,
    ):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_the_file_of_2022_is_enough_for_a_dfgan(
    damsm, encoders, tmp_path, capsys
):
    expected = published.small_model("dfgan2022", damsm)
    (path,) = published.write_files(
        published.published_tensors(expected), tmp_path
    )
    output = tmp_path / "preset"

    status = run_tfragan(
        "convert", *encoders, f"--generator={path}", f"--output={output}"
    )

    printed = capsys.readouterr().out
    assert status == 0
    assert "  optimizers, epoch: is none of the networks" in printed
    assert "DFGAN as published in 2022, for images of 32 pixels" in printed
    found = DFGAN.from_preset(output)
    np.testing.assert_array_equal(
        found.generate(_CAPTIONS, truncation=0.88),
        expected.generate(_CAPTIONS, truncation=0.88),
    )


def test_a_generator_alone_is_told_to_be_enough(
    damsm, encoders, tmp_path, capsys
):
    expected = published.small_model("dfgan2020", damsm)
    path = tmp_path / "netG.pth"
    networks = published.published_tensors(expected)
    path.write_bytes(torch_files.legacy(networks["netG"]))
    output = tmp_path / "preset"

    status = run_tfragan(
        "convert", *encoders, f"--generator={path}", f"--output={output}"
    )

    assert status == 0
    printed = capsys.readouterr().out
    assert "discriminator: weights as built, which is enough to gen" in printed
    assert "  as built " in (output / "conversion.txt").read_text()
    config = json.loads((output / "config.json").read_text())
    assert config["class_name"] == "DFGAN"
    assert config["config"]["version"] == "2020"


@pytest.fixture(scope="module")
def files(damsm, encoders, tmp_path_factory):
    """Files that fit or do not fit together, by short names."""
    folder = tmp_path_factory.mktemp("files")
    model = published.small_model("ssagan", damsm)
    generator, discriminator = published.write_files(
        published.published_tensors(model), folder
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
def test_what_does_not_fit_leaves_nothing_behind(
    encoders, files, tmp_path, capsys, change, sentence
):
    flags = {"generator": "netG", "discriminator": "netD", **change}
    given = [
        f"--{flag}={files.get(value, value)}"
        for flag, values in flags.items()
        if values is not None
        for value in (values if isinstance(values, list) else [values])
    ]
    output = tmp_path / "preset"

    status = run_tfragan("convert", *encoders, *given, f"--output={output}")

    assert status == 2
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
