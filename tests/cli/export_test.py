"""The exported SavedModel answers a process that has TensorFlow alone."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import run_tfragan
from tfragan.cli import ask_saved_model
from tfragan.models import AttnGAN


@pytest.fixture(scope="module")
def served(attngan_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "1").mkdir()
    status = run_tfragan(
        "export", f"--workdir={attngan_run}", f"--output={folder}"
    )
    assert status == 0
    return folder


def test_versions_count_up_and_are_never_overwritten(
    served, attngan_run, capsys
):
    assert sorted(path.name for path in served.iterdir()) == ["1", "2"]
    status = run_tfragan(
        "export",
        f"--workdir={attngan_run}",
        f"--output={served}",
        "--model_version=2",
    )

    assert status == 2
    assert "never overwritten" in capsys.readouterr().err


def test_the_answer_is_that_of_generate(served, attngan_run, tmp_path):
    captions = ["a small red circle", "a blue square, above!"]
    subprocess.run(
        [sys.executable, "-I", ask_saved_model.__file__, served, tmp_path]
        + captions,
        check=True,
        cwd=tmp_path,
    )
    model = AttnGAN.from_preset(attngan_run / "final")
    expected = model.generate(captions, seed=0)
    answers = json.loads((tmp_path / "answers.json").read_text())

    assert [answer["caption"] for answer in answers] == captions
    for answer, image in zip(answers, expected, strict=True):
        found = np.asarray(Image.open(tmp_path / answer["file"])).astype(int)
        # In a batch kernels round otherwise.
        assert np.abs(found - image).max() <= 1


def test_folders_without_a_saved_model_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no SavedModel"):
        ask_saved_model.version_folder(tmp_path)
