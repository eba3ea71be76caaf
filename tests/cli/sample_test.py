"""Samples lead back to their captions and do not depend on their batch."""

import json

import numpy as np
from PIL import Image

from tests.cli.conftest import run_tfragan


def _pixels(path):
    return np.asarray(Image.open(path))


def _lines(folder):
    text = (folder / "samples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_captions_of_flags_and_file(attngan_run, tmp_path):
    captions = tmp_path / "captions.txt"
    captions.write_text("a blue square\n\nun caf\u00e9 rouge\n", "utf-8")
    status = run_tfragan(
        "sample",
        f"--workdir={attngan_run}",
        "--caption=a red circle",
        f"--captions_file={captions}",
        f"--output={tmp_path / 'out'}",
        "--attention",
        "--seed=5",
    )
    lines = _lines(tmp_path / "out")

    assert status == 0
    assert [line["caption"] for line in lines] == [
        "a red circle",
        "a blue square",
        "un caf\u00e9 rouge",
    ]
    assert [line["seed"] for line in lines] == [5, 6, 7]
    assert lines[0]["file"] == "0000_a_red_circle.png"
    for line in lines:
        assert _pixels(tmp_path / "out" / line["file"]).shape == (32, 32, 3)
        assert (tmp_path / "out" / line["attention"]).is_file()


def test_a_picture_does_not_depend_on_its_batch(attngan_run, tmp_path):
    for size in (1, 3):
        run_tfragan(
            "sample",
            f"--workdir={attngan_run}",
            "--count=3",
            f"--batch_size={size}",
            f"--output={tmp_path / str(size)}",
        )
    lines = _lines(tmp_path / "1")

    assert lines == _lines(tmp_path / "3")
    assert len({line["key"] for line in lines}) == 3
    for line in lines:
        np.testing.assert_array_equal(
            _pixels(tmp_path / "1" / line["file"]),
            _pixels(tmp_path / "3" / line["file"]),
        )


def test_files_that_are_no_captions_are_refused(attngan_run, tmp_path, capsys):
    path = tmp_path / "captions.txt"
    for content, sentence in (
        (b"\xff\xfe a", "expected UTF-8"),
        (b" \n", "holds no caption"),
    ):
        path.write_bytes(content)
        status = run_tfragan(
            "sample", f"--workdir={attngan_run}", f"--captions_file={path}"
        )

        assert status == 2
        assert sentence in capsys.readouterr().err


def test_a_damsm_cannot_be_sampled(damsm_run, capsys):
    assert run_tfragan("sample", f"--workdir={damsm_run}") == 2
    assert "preset of DAMSM, not of AttnGAN" in capsys.readouterr().err
