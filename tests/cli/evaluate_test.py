"""Measurements are printed and kept, with the protocol in their name."""

import json

import pytest

from tests.cli.conftest import run_tfragan


def _records(folder, name):
    lines = (folder / f"metric-{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _evaluate(run, output, *flags):
    status = run_tfragan(
        "evaluate",
        f"--workdir={run}",
        f"--output={output}",
        "--count=24",
        "--candidates=8",
        *flags,
    )
    assert status == 0


def test_an_attngan_is_measured_beside_real_images(
    attngan_run, tmp_path, capsys
):
    _evaluate(attngan_run, tmp_path)
    _evaluate(attngan_run, tmp_path, "--seed=3")
    generated = _records(tmp_path, "r_precision_8_generated")

    assert [record["seed"] for record in generated] == [0, 3]
    for record in generated + _records(tmp_path, "r_precision_8_real"):
        assert record["chance"] == pytest.approx(1 / 8)
        assert 0 <= record["value"] <= 1
        assert record["images"] == 24
        assert record["step"] == 6
    assert _records(tmp_path, "damsm_frechet_distance")[0]["value"] > 0
    assert "chance 0.1250" in capsys.readouterr().out


def test_a_damsm_is_measured_on_real_pairs(damsm_run, tmp_path):
    _evaluate(damsm_run, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [
        "metric-r_precision_8_real.jsonl"
    ]


def test_flags_of_other_runs_are_refused(damsm_run, capsys):
    for flag in ("--features=inception_v3", "--image_size=8"):
        assert run_tfragan("evaluate", f"--workdir={damsm_run}", flag) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert "says nothing about a run of damsm" in line


def test_a_preset_of_captioned_images_needs_its_run(damsm_run, capsys):
    assert run_tfragan("evaluate", f"--workdir={damsm_run / 'final'}") == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "name the run folder" in line
