"""Published files become a preset that generates what they would."""

import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tfragan.convert import attngan_weights
from tfragan.models import AttnGAN

_DAMSM_CONFIG = """
from tfragan.configs import defaults

def get_config(arg=""):
    config = defaults.published("damsm")
    config.image_encoder.embedding_dim = 16
    config.network.word_dim = 12
    config.tokenizer.max_words = 12
    return config
"""


def _publish(entries, path):
    tensors = {}
    for entry in entries:
        tensors.update(entry.to_published(entry.variable.numpy()))
    np.savez(path, **tensors)
    return path


@pytest.fixture(scope="module")
def published(attngan_run, tmp_path_factory):
    """Flags that name the published form of a tiny model."""
    folder = tmp_path_factory.mktemp("published")
    model = AttnGAN.from_preset(attngan_run / "final")
    # What is published is the average, under the names of the generator.
    generator = _publish(
        attngan_weights.generator_entries(model.generator_average),
        folder / "generator.npz",
    )
    text_encoder = _publish(
        attngan_weights.text_encoder_entries(model.damsm.text_encoder),
        folder / "text_encoder.npz",
    )
    discriminators = [
        _publish(
            attngan_weights.discriminator_entries(discriminator),
            folder / f"discriminator_{discriminator.image_size}.npz",
        )
        for discriminator in model.discriminators.values()
    ]
    config = folder / "damsm_config.py"
    config.write_text(_DAMSM_CONFIG)
    return [
        "--config=attngan_shapes:tiny",
        f"--damsm_config={config}",
        f"--vocabulary={attngan_run / 'final' / 'vocabulary.txt'}",
        f"--text_encoder={text_encoder}",
        f"--generator={generator}",
        *(f"--discriminator={path}" for path in discriminators),
    ]


def test_the_converted_model_generates_the_same(
    published, attngan_run, tmp_path, capsys
):
    output = tmp_path / "preset"
    status = run_tfragan("convert", *published, f"--output={output}")
    captions = ["a small red circle", "a blue square"]
    expected = AttnGAN.from_preset(attngan_run / "final")
    found = AttnGAN.from_preset(output)

    assert status == 0
    assert "0 unused, 0 missing" in capsys.readouterr().out
    assert "mapped" in (output / "conversion.txt").read_text()
    np.testing.assert_array_equal(
        found.generate(captions), expected.generate(captions)
    )
    for ours, theirs in zip(
        found.discriminators.values(),
        expected.discriminators.values(),
        strict=True,
    ):
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--config.network.generator_width=8"], "does not fit"),
        (["--config.network.residual_blocks=2"], "lacks"),
        (["--discriminator=one_more.npz"], "must be given 2 times"),
        (["--text_encoder=no_such_file.npz"], "No such file"),
    ],
)
def test_what_does_not_fit_stops_it_by_name(
    published, tmp_path, capsys, flags, sentence
):
    output = tmp_path / "preset"
    status = run_tfragan("convert", *published, *flags, f"--output={output}")

    assert status == 2
    assert sentence in capsys.readouterr().err
    assert not output.exists()
