"""Cases that are measured against PyTorch, and what is made of their times."""

import pytest

from benchmarks import __main__ as command
from benchmarks import against_torch
from benchmarks.cases import CASES


def test_only_what_is_written_in_pytorch_is_compared(capsys):
    names = [case.name for case in against_torch.compared_cases([])]
    assert "attngan64" in names
    assert command.main(["--against=torch", "--only=damsm64"]) == 2
    assert "damsm64" in capsys.readouterr().err


def test_the_table_has_ours_first_and_says_how_many_times_as_fast():
    told = {"peak_memory": 3 * 2**20, "off_onednn": {"Conv2D": 2}}
    row = {
        "name": "one",
        "text": "a step",
        "batch": 4,
        "policy": "float32",
        "ours": {"milliseconds": 10.0, "cpu_milliseconds": 20.0, **told},
        "torch": {"milliseconds": 25.0, "cpu_milliseconds": 30.0, **told},
    }
    *_, line = against_torch.table([row]).splitlines()
    assert line.split(" | ")[3:] == [
        "10 / 25",
        "20 / 30",
        "   3 / 3",
        "         2",
        "         2.50",
        "       1.50 |",
    ]


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("generator256_batch1", 7_084_592),
        ("ugatit_generator256_batch1", 10_589_888),
        ("ssagan_generator256_batch1", 29_494_273),
    ],
)
def test_generators_in_pytorch_have_the_published_sizes(name, weights):
    pytest.importorskip("torch")
    from benchmarks import torch_training

    (case,) = (case for case in CASES if case.name == name)
    model = torch_training.subject_of(**case.options)
    count = sum(weight.numel() for weight in model.generator.parameters())
    assert count == weights
