"""Tiny runs that the tests of the verbs share."""

import pytest

from tfragan.cli import main as cli


def run_tfragan(*arguments):
    """The exit status of the command line, in this process."""
    return cli.main(["tfragan", *map(str, arguments)])


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
