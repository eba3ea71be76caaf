"""Hostile inputs are tried on an export's signatures in process."""

import random

import pytest

import tfragan
from benchmarks import endurance
from benchmarks.hostile_requests import hostile_request
from tests.models import small_models
from tests.models.translation import small_translators


def test_hostile_requests_are_of_every_kind_for_a_seed():
    names = ["image_bytes", "caption", "seed", "size", "truncation"]
    inputs = dict.fromkeys(names, [None])

    def kinds():
        draw = random.Random(0)
        return [hostile_request(draw, inputs)[0] for _ in range(600)]

    first = kinds()
    assert first == kinds()
    assert len(set(first)) == 18


@pytest.mark.parametrize("family", ["captions", "photos"])
def test_an_exported_model_refuses_what_it_must(tmp_path, capsys, family):
    model = (
        small_models.attngan()
        if family == "captions"
        else small_translators.cyclegan()
    )
    tfragan.export.saved_model(model, tmp_path)
    arguments = [str(tmp_path), "--seconds=0.5", "--hostile=60"]
    assert endurance.main(arguments) == 0
    assert "0 wrong answers" in capsys.readouterr().out
