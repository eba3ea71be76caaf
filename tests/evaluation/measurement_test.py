import json
import math

from tfragan.callbacks import RunFolder
from tfragan.evaluation import Measurement
from tfragan.evaluation import append_measurements
from tfragan.evaluation import last_measurements
from tfragan.evaluation import read_measurements
from tfragan.evaluation.measurement import error_kinds
from tfragan.evaluation.measurement import measurement_table


def _measurement(**changes):
    values = {
        "metric": "frechet_distance_fake",
        "of": "generated",
        "value": 1.5,
        "step": 20,
        "error": 0.25,
        "error_kind": "standard error",
        "better": "lower",
        "details": {"subsets": 3},
        "protocol": {"images": 10, "data": "cub"},
    }
    return Measurement(**{**values, **changes})


def test_measurements_come_back_beside_lines_of_training(tmp_path):
    run = RunFolder(tmp_path)
    run.append_metrics(10, {"loss": 1.0})
    written = [_measurement(), _measurement(of="real", value=0.5, error=None)]
    append_measurements(run, written)
    assert read_measurements(tmp_path) == written
    assert [record["step"] for record in run.read_metrics()] == [10]


def test_a_line_of_measurement_is_json_without_nan(tmp_path):
    append_measurements(tmp_path / "new", [_measurement(value=math.nan)])
    line = (tmp_path / "new" / "metrics.jsonl").read_text()
    assert json.loads(line)["value"] is None
    assert math.isnan(read_measurements(tmp_path / "new")[0].value)


def test_a_line_cut_by_a_kill_is_left_out(tmp_path):
    append_measurements(tmp_path, [_measurement()])
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"metric": "cut')
    assert len(read_measurements(tmp_path)) == 1


def test_resuming_keeps_measurements_of_steps_before(tmp_path):
    run = RunFolder(tmp_path)
    run.append_metrics(10, {"loss": 1.0})
    append_measurements(run, [_measurement(step=20), _measurement(step=40)])
    run.append_metrics(30, {"loss": 1.0})
    run.truncate_metrics(25)
    assert [each.step for each in read_measurements(run)] == [20]
    assert [record["step"] for record in run.read_metrics()] == [10]


def test_the_last_of_each_kind_counts(tmp_path):
    first = [_measurement(), _measurement(of="real")]
    append_measurements(tmp_path, first)
    newer = _measurement(value=0.5, step=40)
    append_measurements(tmp_path, [newer])
    assert last_measurements(tmp_path) == [newer, first[1]]


def test_words_hold_the_error():
    assert _measurement().in_words() == "1.5000 +- 0.2500"
    assert _measurement(error=None).in_words() == "1.5000"


def _of_several_kinds():
    return [
        Measurement("far", "generated", 2.5, error=0.5, error_kind="range"),
        Measurement("far", "real", 0.25),
        Measurement("hits", "generated", 1.0, error=0.1, error_kind="error"),
        Measurement("near", "generated", 1.0, error=0.1, error_kind="error"),
    ]


def test_a_row_a_metric_and_a_column_for_each_of():
    lines = measurement_table(_of_several_kinds()).splitlines()
    assert [line.split() for line in lines] == [
        ["generated", "real"],
        ["far", "2.5000", "+-", "0.5000", "0.2500"],
        ["hits", "1.0000", "+-", "0.1000"],
        ["near", "1.0000", "+-", "0.1000"],
    ]
    assert lines[1].index("2.5") == lines[0].index("generated")
    assert lines[1].index("0.25") == lines[0].index("real")


def test_what_the_errors_are_is_said():
    assert (
        error_kinds(_of_several_kinds()) == "+- is the error, of far the range."
    )
    assert error_kinds(_of_several_kinds()[2:]) == "+- is the error."
    assert error_kinds(_of_several_kinds()[1:2]) == ""
