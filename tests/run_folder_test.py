import json
import pathlib

import pytest

from tfragan.callbacks import RunFolder


def test_paths_are_those_of_the_layout(tmp_path):
    run = RunFolder(tmp_path / "run").create()
    assert run.samples_path.is_dir()
    assert run.sample_path("grid", 123).name == "grid_000123.png"
    assert pathlib.Path(run) == tmp_path / "run"
    assert RunFolder(run).page_path == tmp_path / "run" / "index.html"


def test_config_comes_back(tmp_path):
    run = RunFolder(tmp_path / "new")
    run.write_config({"model": {"width": 3}, "name": "é"})
    assert run.read_config() == {"model": {"width": 3}, "name": "é"}
    assert [path.name for path in run.path.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "not a run folder"),
        (b"{", "config.json is not valid JSON"),
        (b"[]", "list"),
        (b"\xff\xfe{}", "config.json is not valid JSON: 'utf-8'"),
        (b"[" * 100_000, "config.json is not valid JSON: it is nested too"),
    ],
)
def test_unusable_config_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        RunFolder(tmp_path).read_config()


def test_metrics_are_json_lines_even_where_not_finite(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.append_metrics(5, {"loss": float("nan"), "a": 1}, epoch=0.5, time=1.234)
    run.append_metrics(6, {"loss": 2.5})
    lines = run.metrics_path.read_text().splitlines()
    assert json.loads(lines[0]) == {
        "step": 5,
        "epoch": 0.5,
        "time": 1.23,
        "loss": None,
        "a": 1.0,
    }
    assert run.read_metrics()[1] == {"step": 6, "loss": 2.5}


def test_lines_with_values_of_wrong_types_are_left_out(tmp_path):
    run = RunFolder(tmp_path)
    run.append_metrics(10, {"a": 1}, time=3.0)
    with open(run.metrics_path, "ab") as file:
        for line in (
            b'{"step": "20", "a": 1}',
            b'{"step": true}',
            b'{"step": 20, "time": "long"}',
            b'{"step": 20, "time": []}',
            b"[" * 100_000,
            b"\xff",
            b"17",
        ):
            file.write(line + b"\n")
    assert [record["step"] for record in run.read_metrics()] == [10]


def test_metrics_without_room_name_their_file(tmp_path):
    run = RunFolder(tmp_path)
    run.metrics_path.symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"No space left .*metrics\.jsonl"):
        run.append_metrics(10, {"a": 1})


def test_no_metrics_yet_are_no_records(tmp_path):
    run = RunFolder(tmp_path)
    assert run.read_metrics() == []
    run.truncate_metrics(3)
    assert not run.metrics_path.exists()


def test_truncation_drops_later_steps_and_a_line_cut_by_a_kill(tmp_path):
    run = RunFolder(tmp_path)
    for step in (10, 20, 30):
        run.append_metrics(step, {"a": step})
    with open(run.metrics_path, "a") as file:
        file.write('{"step": 40, "a"')
    assert [record["step"] for record in run.read_metrics()] == [10, 20, 30]
    run.truncate_metrics(20)
    run.append_metrics(25, {"a": 0})
    assert [record["step"] for record in run.read_metrics()] == [10, 20, 25]
