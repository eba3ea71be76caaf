"""Images and weights that both sides get, and the largest deviations."""

import io
import pathlib
import sys
import zipfile

import numpy as np
import PIL.Image
import pytest

import tfragan
from tests.random_networks import inception_of_2015
from tfragan import metrics

_EMOJI = pathlib.Path(tfragan.__file__).parent / "data" / "emoji64.zip"
_IMAGES = 64
_deviations = {}

# Imported after TensorFlow it ends the process: see torchvision_first.
if "torchvision" not in sys.modules:
    collect_ignore_glob = ["*_test.py"]


def pytest_terminal_summary(terminalreporter):
    if not _deviations:
        return
    terminalreporter.section("largest deviations")
    for (what, tool, unit), value in sorted(_deviations.items()):
        terminalreporter.write_line(f"{what:34} {tool:24} {value:.1e} {unit}")


@pytest.fixture
def assert_close():
    """A function that compares two arrays and notes how far they are apart."""

    def compare_arrays(
        what, tool, actual, expected, limit, unit="of the largest"
    ):
        actual = np.asarray(actual, np.float64)
        expected = np.asarray(expected, np.float64)
        assert actual.shape == expected.shape
        value = np.abs(actual - expected).max()
        if unit == "of the largest":
            value /= np.abs(expected).max()
        key = (what, tool, unit)
        _deviations[key] = max(value, _deviations.get(key, 0.0))
        assert value <= limit, f"{what} of {tool}: off by {value:.2e} {unit}"

    return compare_arrays


def _emoji(vendor):
    with zipfile.ZipFile(_EMOJI) as archive:
        names = sorted(
            name
            for name in archive.namelist()
            if name.startswith(f"{vendor}/") and name.endswith(".png")
        )
        chosen = names[:: len(names) // _IMAGES][:_IMAGES]
        files = [io.BytesIO(archive.read(name)) for name in chosen]
    pictures = [PIL.Image.open(file).convert("RGB") for file in files]
    return np.stack([np.asarray(picture) for picture in pictures])


@pytest.fixture(scope="session")
def real():
    """uint8 (64, 64, 64, 3), emoji as one vendor draws them."""
    return _emoji("noto")


@pytest.fixture(scope="session")
def generated():
    """uint8 (64, 64, 64, 3), the emoji of the other vendor."""
    return _emoji("twemoji")


@pytest.fixture(scope="session")
def montage(real):
    """uint8 (1, 384, 512, 3), larger than what networks take."""
    rows = real[:48].reshape(6, 8, 64, 64, 3)
    return rows.transpose(0, 2, 1, 3, 4).reshape(1, 384, 512, 3)


@pytest.fixture(scope="session")
def weights_of_2015(tmp_path_factory):
    """A `.pth` file of random weights of the graph of 2015."""
    torch = pytest.importorskip("torch")
    path = tmp_path_factory.mktemp("parity") / "inception_2015.pth"
    tensors = inception_of_2015()
    torch.save(
        {name: torch.tensor(array) for name, array in tensors.items()}, path
    )
    return path


@pytest.fixture(scope="session")
def outputs(weights_of_2015, real, generated):
    """What our network gives for both sets with the resize of TensorFlow."""
    network = metrics.image_features(
        "inception_v3_2015", weights_of_2015, "legacy_tensorflow"
    )
    names = ("features", "logits", "unbiased_logits")
    return network.outputs(real, names), network.outputs(generated, names)
