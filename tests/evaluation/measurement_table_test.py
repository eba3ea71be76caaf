from tfragan.evaluation import Measurement
from tfragan.evaluation.measurement_table import error_kinds
from tfragan.evaluation.measurement_table import measurement_table


def _measurements():
    return [
        Measurement("far", "generated", 2.5, error=0.5, error_kind="range"),
        Measurement("far", "real", 0.25),
        Measurement("hits", "generated", 1.0, error=0.1, error_kind="error"),
        Measurement("near", "generated", 1.0, error=0.1, error_kind="error"),
    ]


def test_a_row_a_metric_and_a_column_for_each_of():
    lines = measurement_table(_measurements()).splitlines()
    assert [line.split() for line in lines] == [
        ["generated", "real"],
        ["far", "2.5000", "+-", "0.5000", "0.2500"],
        ["hits", "1.0000", "+-", "0.1000"],
        ["near", "1.0000", "+-", "0.1000"],
    ]
    assert lines[1].index("2.5") == lines[0].index("generated")
    assert lines[1].index("0.25") == lines[0].index("real")


def test_what_the_errors_are_is_said():
    assert error_kinds(_measurements()) == "+- is the error, of far the range."
    assert error_kinds(_measurements()[2:]) == "+- is the error."
    assert error_kinds(_measurements()[1:2]) == ""
