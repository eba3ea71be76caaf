"""Tiny runs that the tests of the verbs share."""

import h5py
import numpy as np
import pytest

from tfragan.cli import main as cli


def run_tfragan(*arguments):
    """The exit status of the command line, in this process."""
    return cli.main(["tfragan", *map(str, arguments)])


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


@pytest.fixture(scope="session")
def damsm_run(tmp_path_factory):
    """Run folder of a DAMSM, trained for six steps."""
    folder = tmp_path_factory.mktemp("damsm") / "run"
    status = run_tfragan(
        "train",
        "--config=damsm_shapes:tiny",
        f"--workdir={folder}",
        "--noprogress",
    )
    assert status == 0
    return folder


@pytest.fixture(scope="session")
def attngan_run(tmp_path_factory, damsm_run):
    """Run folder of an AttnGAN, trained for six steps."""
    folder = tmp_path_factory.mktemp("attngan") / "run"
    status = run_tfragan(
        "train",
        "--config=attngan_shapes:tiny",
        f"--workdir={folder}",
        f"--config.damsm={damsm_run}",
        "--noprogress",
    )
    assert status == 0
    return folder


@pytest.fixture(scope="session")
def ugatit_run(tmp_path_factory):
    """Run folder of a U-GAT-IT, trained for six steps."""
    folder = tmp_path_factory.mktemp("ugatit") / "run"
    status = run_tfragan(
        "train",
        "--config=ugatit_emoji:tiny",
        f"--workdir={folder}",
        "--noprogress",
    )
    assert status == 0
    return folder
