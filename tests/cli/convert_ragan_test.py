"""Published RAGAN files become presets of the same networks."""

import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tests.convert import published_one_stage
from tests.convert import published_ragan as published
from tests.convert import torch_files
from tests.models import small_models
from tests.published import published_values
from tfragan.convert import attngan_weights
from tfragan.models import RAGAN

_DAMSM_CONFIG = """
from tfragan.configs import defaults

def get_config(arg=""):
    config = defaults.published("damsm")
    config.image_encoder.embedding_dim = 8
    config.network.word_dim = 6
    config.tokenizer.max_words = 6
    return config
"""


@pytest.fixture(scope="module")
def models():
    return {
        "color": published.small_model((True, "image_text")),
        "domains": published.small_model((False, "image")),
    }


@pytest.fixture(scope="module")
def files(models, tmp_path_factory):
    """Flags by short names."""
    folder = tmp_path_factory.mktemp("published")
    config = folder / "damsm_config.py"
    config.write_text(_DAMSM_CONFIG)
    small_models.tokenizer().vocabulary.save(folder / "vocabulary.txt")
    text_encoder = published_values(
        attngan_weights.text_encoder_entries(models["color"].damsm.text_encoder)
    )
    text_encoder.update({f"old.{n}": np.zeros(1, "f4") for n in range(12)})
    path = folder / "text_encoder200.pth"
    path.write_bytes(torch_files.legacy(text_encoder))
    found = {
        "text": [
            f"--damsm_config={config}",
            f"--vocabulary={folder / 'vocabulary.txt'}",
            f"--text_encoder={path}",
        ]
    }
    for name, model in models.items():
        networks = published.with_idle(published.published_tensors(model))
        paths = published.write_files(networks, folder / name)
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


def flags_of(files, names):
    return [flag for name in names for flag in files.get(name, [name])]


def networks_of(model):
    """By their published names, with the text encoder where there is one."""
    networks = published.published_networks(model)
    if model.damsm is not None:
        networks["text"] = model.damsm.text_encoder
    return networks


def assert_same_networks(preset, expected, names):
    found = networks_of(RAGAN.from_preset(preset))
    for name in names:
        for ours, theirs in zip(
            found[name].weights,
            networks_of(expected)[name].weights,
            strict=True,
        ):
            np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_a_converted_colorization_is_a_preset_of_its_networks(
    models, files, tmp_path, capsys
):
    output = tmp_path / "preset"
    status = run_tfragan(
        "convert",
        *flags_of(files, ["text", "color", "color_judges"]),
        f"--output={output}",
    )

    printed = capsys.readouterr().out
    assert status == 0
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
    assert_same_networks(output, models["color"], names)


def test_a_model_that_images_guide_needs_no_text_encoder(
    models, files, tmp_path, capsys
):
    output = tmp_path / "preset"
    status = run_tfragan(
        "convert",
        *flags_of(files, ["domains", "--image_size=24"]),
        f"--output={output}",
    )

    printed = capsys.readouterr().out
    assert status == 0
    assert "unsupervised RAGAN guided by image, for images of 24" in printed
    assert "discriminators: weights as built, which is enough" in printed
    assert "--image_size" not in printed
    assert_same_networks(output, models["domains"], ("G", "E_image"))


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
def test_what_does_not_fit_leaves_nothing_behind(
    files, tmp_path, capsys, names, sentence
):
    output = tmp_path / "preset"
    flags = flags_of(files, names)
    status = run_tfragan("convert", *flags, f"--output={output}")

    assert status == 2
    message = capsys.readouterr().err
    assert sentence in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
