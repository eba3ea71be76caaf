"""Published U-GAT-IT files become a preset that translates as they would."""

import numpy as np
import pytest

from tests.cli.conftest import run_tfragan
from tests.convert import torch_files
from tests.convert.published_ugatit import published_tensors
from tests.convert.published_ugatit import small_ugatit
from tests.convert.published_ugatit import write_tensorflow1
from tfragan.models import UGATIT


def test_the_converted_model_translates_the_same(tmp_path, capsys):
    expected = small_ugatit()
    networks = published_tensors(expected)
    del networks["disLB"]
    path = tmp_path / "cat2dog_params_0001000.pt"
    path.write_bytes(torch_files.zipped(networks))
    output = tmp_path / "preset"

    status = run_tfragan(
        "convert",
        f"--checkpoint={path}",
        "--image_size=32",
        f"--output={output}",
    )
    printed = capsys.readouterr().out
    found = UGATIT.from_preset(output)
    photo = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), "uint8")

    assert status == 0
    assert "genA2B: 26 tensors mapped, 0 unused, 0 missing" in printed
    assert "light model of the variant pytorch, for images of 32" in printed
    assert "disLB: weights as built" in printed
    assert "as built " in (output / "conversion.txt").read_text()
    for direction in ("ab", "ba"):
        np.testing.assert_array_equal(
            found.translate(photo, direction),
            expected.translate(photo, direction),
        )


def test_a_tensorflow_checkpoint_says_what_it_assumes(tmp_path, capsys):
    networks = published_tensors(small_ugatit(variant="tensorflow1"))
    prefix = write_tensorflow1(networks, tmp_path)
    status = run_tfragan(
        "convert", f"--checkpoint={prefix}", f"--output={tmp_path / 'out'}"
    )
    printed = capsys.readouterr().out
    assert status == 0
    assert "the files do not tell the image size" in printed
    assert "--smoothing=off leaves it as it is" in printed
    assert "/Adam, ...: is the optimizer's\n" in printed


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ([], "--checkpoint is required"),
        (["--checkpoint=none.pt"], "--output is required"),
        (["--checkpoint=none.pt", "--output=o"], "No such file"),
        (["--smoothing=on", "--generator=g.pth"], "one model is converted"),
        (["--image_size=64", "--output=o"], "--checkpoint is required"),
    ],
)
def test_flags_that_do_not_fit_are_refused(flags, sentence, capsys):
    assert run_tfragan("convert", *flags) == 2
    assert sentence in capsys.readouterr().err
