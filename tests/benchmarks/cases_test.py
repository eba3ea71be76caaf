import importlib
import inspect
import json

import pytest

from benchmarks import __main__ as command
from benchmarks.cases import CASES
from benchmarks.cases import choose
from benchmarks.subject import subject_of

_SUBJECTS = [case for case in CASES if "subject" in case.options]


def test_cases_are_chosen_by_name_and_a_wrong_name_is_refused(capsys):
    assert [case.name for case in choose(["served64"])] == ["served64"]
    assert len({case.name for case in CASES}) == len(CASES)
    with pytest.raises(ValueError, match="served65"):
        choose(["served65"])
    assert command.main(["--only=served65"]) == 2
    assert "served65" in capsys.readouterr().err


def test_a_star_chooses_several_cases_each_once():
    names = [case.name for case in choose(["ugatit_full*", "ugatit_full256"])]
    assert names == ["ugatit_full256", "ugatit_full256_recompute"]


def test_what_takes_much_memory_is_measured_when_it_is_named():
    default = [case.name for case in choose([])]
    assert "ugatit_light256" in default
    assert "ugatit_full256" not in default


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_steps_of_a_case_take_its_options(case):
    options = json.loads(json.dumps(case.options))
    if case.table in ("pipeline", "serving"):
        options["folder"] = "folder"
    for step in case.steps:
        module, function = step.split(".")
        module = importlib.import_module(f"benchmarks.{module}")
        signature = inspect.signature(getattr(module, function))
        bound = signature.bind(seconds=1.0, **options)
        assert "seconds" in bound.arguments


@pytest.mark.parametrize("case", _SUBJECTS, ids=lambda case: case.name)
def test_the_model_of_a_case_takes_its_options(case):
    options = {k: v for k, v in case.options.items() if k != "batch_size"}
    subject = subject_of(**options)
    known = inspect.signature(subject.model_class()).parameters
    assert set(subject.options) <= {"dtype", *known}


def test_what_a_pipeline_feeds_is_trained():
    trained = {case.name for case in CASES if case.table == "training"}
    for case in CASES:
        assert set(case.consumers) <= trained, case.name
