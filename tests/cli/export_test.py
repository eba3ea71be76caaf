"""The exported SavedModel answers a process that has TensorFlow alone."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import succeed
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators
from tfragan.cli import ask_saved_model
from tfragan.models import AttnGAN


@pytest.fixture(scope="module")
def served(attngan_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / "1").mkdir()
    succeed("export", f"--workdir={attngan_run}", f"--output={folder}")
    return folder


def test_versions_count_up_and_are_never_overwritten(
    served, attngan_run, refusal
):
    assert sorted(path.name for path in served.iterdir()) == ["1", "2"]
    flags = (f"--workdir={attngan_run}", f"--output={served}")
    line = refusal("export", *flags, "--model_version=2")
    assert "never overwritten" in line


@pytest.fixture(scope="module")
def presets(tmp_path_factory):
    """Presets of untrained models."""
    folder = tmp_path_factory.mktemp("presets")
    makers = {"ragan": small_ragans.ragan, "ugatit": small_translators.ugatit}
    return {
        name: make().save_to_preset(folder / name)
        for name, make in makers.items()
    }


@pytest.mark.parametrize(
    ("name", "flags", "sentence"),
    [
        ("ragan", ["--caption=a"], "--caption is not used for a preset of RAG"),
        ("ragan", ["--direction=ab"], "--direction is not used for a preset"),
        ("ragan", ["--format=tflite"], "--format is not used for a preset of"),
        ("ragan", ["--warmup_image=none.jpg"], "No such file"),
        ("ugatit", ["--format=tflite", "--nowarmup"], "--warmup is not used"),
        ("ugatit", ["--format=tflite", "--caption=a"], "--caption is not used"),
        ("ugatit", ["--caption=a"], "--caption is not used for a preset of UG"),
    ],
)
def test_flags_that_do_not_fit_are_refused(
    presets, tmp_path, refusal, name, flags, sentence
):
    output = tmp_path / "serving"
    common = ("export", f"--workdir={presets[name]}", f"--output={output}")
    assert sentence in refusal(*common, *flags)
    assert not output.exists()


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
