"""Tiny runs that the tests of the verbs share."""

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.conftest import run_eagerly
from tests.fake_domains import FakeFeatures
from tfragan import metrics
from tfragan.cli import config_file
from tfragan.cli import main as cli


def run_tfragan(*arguments):
    """The exit status of the command line, in this process."""
    return cli.main(["tfragan", *map(str, arguments)])


def succeed(*arguments):
    """Runs the command line, which has to end with status 0."""
    assert run_tfragan(*arguments) == 0


@pytest.fixture
def refusal(capsys):
    """Function to the one line with which the command line refuses it."""

    def line_of(*arguments):
        capsys.readouterr()
        assert run_tfragan(*arguments) == 2
        (line,) = capsys.readouterr().err.splitlines()
        return line

    return line_of


def config_of(name, **values):
    """The config of a name, with other values by their dotted keys."""
    config = config_file.load(name).copy_and_resolve_references()
    config.update_from_flattened_dict(values)
    return config


def train_tiny(config, folder, *flags):
    """Trains the `:tiny` form of a config in a run folder, for six steps.

    Eagerly: tests of `train` and of the models train in a graph.
    """
    with run_eagerly():
        succeed(
            "train",
            f"--config={config}:tiny",
            f"--workdir={folder}",
            "--noprogress",
            *flags,
        )
    return folder


def pixels_of(path):
    """The pixels of a picture, an array."""
    return np.asarray(Image.open(path))


def weights_of(preset):
    """The arrays of a preset by their names in its file."""
    arrays = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = np.array(item)

    with h5py.File(preset / "model.weights.h5") as file:
        file.visititems(visit)
    return arrays


def tree_of(folder):
    """The files below a folder, with when they were written."""
    return {
        path: path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def features(monkeypatch):
    """What was asked of the network of features, in whose place fakes are."""
    asked = []

    def image_features(name, weights=None, resize="antialiased"):
        asked.append((name, weights, resize))
        made = FakeFeatures()
        made.name = name
        return made

    monkeypatch.setattr(metrics, "image_features", image_features)
    return asked


@pytest.fixture(scope="session")
def damsm_run(tmp_path_factory):
    """Run folder of a DAMSM, trained for six steps."""
    folder = tmp_path_factory.mktemp("damsm") / "run"
    return train_tiny("damsm_avatars", folder)


@pytest.fixture(scope="session")
def attngan_run(tmp_path_factory, damsm_run):
    """Run folder of an AttnGAN, trained for six steps."""
    folder = tmp_path_factory.mktemp("attngan") / "run"
    damsm = f"--config.damsm={damsm_run}"
    return train_tiny("attngan_avatars", folder, damsm)


@pytest.fixture(scope="session")
def ugatit_run(tmp_path_factory):
    """Run folder of a U-GAT-IT, trained for six steps."""
    return train_tiny("ugatit_emoji", tmp_path_factory.mktemp("ugatit") / "run")
