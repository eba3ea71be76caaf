"""The example of docs/extending.md runs as it is written, in small sizes."""

import pathlib
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import tfragan
from tests.cli.conftest import run_tfragan
from tests.cli.conftest import weights_of
from tfragan.run_folder import RunFolder

_PAGE = pathlib.Path(__file__).parents[2] / "docs" / "extending.md"
_FILES = ("my_gan.py", "my_config.py", "by_hand.py", "ask.py")
# What a test adds to the commands of the page, in their order.
_SMALL = (
    ("--noprogress", "--config.steps=3"),
    ("--noprogress", "--override_config"),
    (),
    ("--count=8", "--candidates=4", "--nountrained"),
    (),
)
_CAPTION = "a smiling person with red hair"
_PICTURE = "0000_a_smiling_person_with_red_hair.png"


def _blocks(language):
    text = _PAGE.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def _commands():
    """The commands of the page with `:tiny` after each config."""
    for line in "".join(_blocks("sh")).splitlines():
        line = line.partition("#")[0]
        words = re.findall(r'(?:[^\s"]|"[^"]*")+', line)[1:]
        yield [
            f"{word}:tiny" if word.startswith("--config=") else word
            for word in (word.replace('"', "") for word in words)
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the page, after all of its commands."""
    folder = tmp_path_factory.mktemp("extending")
    for name, text in zip(_FILES, _blocks("python"), strict=True):
        (folder / name).write_text(text, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # The command line adds the folder; it must not stay there.
        patch.setattr(sys, "path", [*sys.path])
        for command, more in zip(_commands(), _SMALL, strict=True):
            assert run_tfragan(*command, *more) == 0, command
        yield folder
    sys.modules.pop("my_gan", None)


def _sampled(folder):
    """The pixels of the picture that the page samples."""
    return np.asarray(
        Image.open(folder / "runs" / "mine" / "sampled" / _PICTURE)
    )


def test_a_run_of_a_class_from_elsewhere_trains_and_goes_on(folder):
    run = RunFolder(folder / "runs" / "mine")

    assert "resuming at step 3 of 6" in run.log_path.read_text("utf-8")
    for kind in ("grid", "self_attention"):
        assert (run.samples_path / f"{kind}_000006.png").is_file()
    card = (run.final_path / "README.md").read_text("utf-8")
    assert "from my_gan import SelfAttentionGAN" in card


def test_pictures_and_maps_are_drawn_and_measured(folder):
    run = folder / "runs" / "mine"

    assert _sampled(folder).shape == (32, 32, 3)
    assert (run / "sampled_attention" / _PICTURE).is_file()
    assert "r_precision_4" in (run / "metrics.jsonl").read_text("utf-8")


def test_a_preset_opens_by_the_base_class_and_by_its_folder(folder):
    preset = folder / "runs" / "mine" / "final"
    model = tfragan.models.TextToImageModel.from_preset(preset)
    np.testing.assert_array_equal(model.generate(_CAPTION)[0], _sampled(folder))

    command = [f"--workdir={preset}", f"--caption={_CAPTION}"]
    assert run_tfragan("sample", *command, f"--output={folder / 'again'}") == 0


def test_fit_trains_it_from_python(folder):
    found = runpy.run_path(str(folder / "by_hand.py"))

    assert np.isfinite(found["history"].history["generator_loss"]).all()
    assert found["images"].shape == (1, 32, 32, 3)
    np.testing.assert_array_equal(
        found["same"].generate([_CAPTION]), found["images"]
    )
    assert "attention" in " ".join(weights_of(folder / "presets" / "mine"))


def test_its_savedmodel_answers_in_tensorflow_alone(folder):
    code = (folder / "ask.py").read_text("utf-8") + (
        "import sys\n"
        "assert not {'tfragan', 'my_gan'} & {*sys.modules}\n"
        "assert attention.shape == (1, 16, 16, 1)\n"
        "open('answer.png', 'wb').write(png.numpy()[0])\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    np.testing.assert_array_equal(
        np.asarray(Image.open(folder / "answer.png")), _sampled(folder)
    )
