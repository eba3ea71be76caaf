"""What lies between captions and seeds ends at their own pictures."""

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import succeed
from tests.models import small_models
from tfragan.visualization.image_grid import interpolation_figure

pytestmark = pytest.mark.usefixtures("eager")
_CAPTIONS = ("a red bird", "a blue fish")


@pytest.fixture(scope="module")
def models():
    return {
        "ssagan": small_models.awake(small_models.ssagan()),
        "dfgan": small_models.awake(small_models.dfgan()),
        "attngan": small_models.attngan(),
    }


@pytest.fixture(scope="module")
def presets(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    return {
        name: model.save_to_preset(folder / name)
        for name, model in models.items()
    }


@pytest.fixture
def drawn(monkeypatch):
    """The arguments of the figures that are drawn."""
    figures = []

    def figure(images, ends, row_labels=None, title=""):
        figures.append((images, tuple(ends), row_labels, title))
        return interpolation_figure(images, ends, row_labels, title)

    monkeypatch.setattr(
        "tfragan.visualization.interpolation_figure", figure, raising=True
    )
    return figures


def _walk(preset, output, *flags):
    """The command line of an interpolation."""
    common = (f"--workdir={preset}", "--between", f"--output={output}")
    return "sample", *common, *flags


def _assert_alike(image, other):
    assert np.abs(image.astype(int) - other).max() <= 1


def test_rows_of_noise_lead_from_one_caption_to_the_other(
    models, presets, drawn, tmp_path
):
    command = _walk(
        presets["ssagan"],
        tmp_path,
        *(f"--caption={caption}" for caption in _CAPTIONS),
        "--steps=3",
        "--count=2",
        "--seed=5",
    )
    succeed(*command)
    ((images, ends, labels, _),) = drawn
    (path,) = tmp_path.iterdir()

    assert path.name == "a_red_bird_to_a_blue_fish_seed_5.png"
    assert Image.open(path).size[0] > 3 * 99
    assert images.shape == (2, 3, 32, 32, 3)
    assert ends == _CAPTIONS
    assert labels == ["seed 5", "seed 6"]
    for row, seed in enumerate((5, 6)):
        expected = models["ssagan"].generate(_CAPTIONS, seed=[seed, seed])
        _assert_alike(images[row, [0, -1]], expected)
    assert (images[0] != images[1]).any()


def test_one_caption_and_two_seeds_make_one_row(
    models, presets, drawn, tmp_path
):
    command = _walk(
        presets["dfgan"],
        tmp_path,
        "--caption=a red bird",
        "--seed=1",
        "--to_seed=9",
        "--steps=4",
        "--truncation=0.5",
        "--batch_size=3",
    )
    succeed(*command)
    ((images, ends, _, title),) = drawn
    expected = models["dfgan"].generate(
        ["a red bird"] * 2, seed=[1, 9], truncation=0.5
    )

    assert [path.name for path in tmp_path.iterdir()] == [
        "a_red_bird_seed_1_to_9.png"
    ]
    assert images.shape == (1, 4, 32, 32, 3)
    assert (ends, title) == (("seed 1", "seed 9"), "a red bird")
    _assert_alike(images[0, [0, -1]], expected)
    assert (expected[0] != expected[1]).any()


def test_two_captions_and_two_seeds_make_a_square(
    models, presets, drawn, tmp_path
):
    command = _walk(
        presets["dfgan"],
        tmp_path,
        *(f"--caption={caption}" for caption in _CAPTIONS),
        "--seed=1",
        "--to_seed=9",
        "--steps=3",
        "--batch_size=9",
    )
    succeed(*command)
    ((images, ends, labels, _),) = drawn

    assert images.shape == (3, 3, 32, 32, 3)
    assert ends == _CAPTIONS
    assert labels == ["seed 1", "", "seed 9"]
    for row, seed in ((0, 1), (2, 9)):
        expected = models["dfgan"].generate(_CAPTIONS, seed=[seed, seed])
        _assert_alike(images[row, [0, -1]], expected)


@pytest.mark.parametrize(
    ("name", "flags", "sentence"),
    [
        ("attngan", ["--caption=a", "--caption=b"], "does not interpolate"),
        ("ssagan", ["--caption=a"], "or one with --to_seed. Received: 1 "),
        ("ssagan", ["--to_seed=1"], "Received: 0 captions"),
        ("ssagan", ["--caption=a"] * 3, "Received: 3 captions"),
        (
            "ssagan",
            ["--caption=a", "--to_seed=1", "--count=3"],
            "--count is not used for an interpolation to --to_seed",
        ),
        (
            "ssagan",
            ["--caption=a", "--caption=b", "--masks"],
            "--masks is not used for what --between draws",
        ),
        (
            "ssagan",
            ["--caption=a", "--caption=b", "--steps=1"],
            "--steps must be at least 2",
        ),
    ],
)
def test_walks_to_nowhere_are_refused(
    presets, tmp_path, refusal, name, flags, sentence
):
    output = tmp_path / "out"
    assert sentence in refusal(*_walk(presets[name], output, *flags))
    assert not output.exists()
