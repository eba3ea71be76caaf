"""What a served model endures is measured through real sockets."""

import random

import pytest

import tfragan
from benchmarks import endurance
from benchmarks.hostile_requests import hostile_request
from tests.models import small_models


def test_hostile_requests_are_the_same_for_a_seed_and_of_every_kind():
    inputs = ["image_bytes", "caption", "seed"]

    def requests():
        draw = random.Random(0)
        return [hostile_request(draw, inputs) for _ in range(200)]

    first = requests()
    assert first == requests()
    kinds = {kind for kind, _, _ in first}
    assert {"broken UTF-8", "image bomb", "megabyte caption"} <= kinds
    assert all(isinstance(body, bytes) for _, body, _ in first)


@pytest.mark.slow
def test_an_exported_model_endures_all_of_it(tmp_path, capsys):
    tfragan.export.saved_model(small_models.attngan(), tmp_path)
    arguments = [str(tmp_path), "--seconds=1", "--hostile=60", "--swaps=2"]
    assert endurance.main(arguments) == 0
    out = capsys.readouterr().out
    assert "0 wrong answers" in out
    assert "2 changes of version under 8 clients" in out
    assert "0 failed, 1 different answer" in out
