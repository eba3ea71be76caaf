"""Every family refuses what it must, and answers the others as before."""

import functools

import pytest

from benchmarks.hostile_requests import Served
from benchmarks.hostile_requests import families
from benchmarks.hostile_requests import try_hostile
from tfragan.export.serving import serving_of
from tfragan.models import registry

_FAMILIES = families()
# Signatures that take what `serving_default` does not.
_OTHERS = {"with_size", "with_truncation", "images", "ba_from_reference"}


def _in_process(model):
    """The signatures of a model, none of them saved."""
    serving = serving_of(model)
    module = serving.module()
    functions = {
        name: getattr(module, name)
        for name in serving.signatures
        if name == "serving_default" or name in _OTHERS
    }
    inputs = {
        name: {
            key: spec.shape.as_list()
            for key, spec in function.input_signature[0].items()
        }
        for name, function in functions.items()
    }
    return Served(
        {
            name: functools.partial(_ask, function)
            for name, function in functions.items()
        },
        inputs,
    )


def _ask(function, **request):
    return function(request)


@pytest.mark.parametrize("family", sorted(_FAMILIES))
def test_a_family_refuses_what_it_must(family, capsys):
    total, kinds, wrong = try_hostile(_in_process(_FAMILIES[family]()), 40)
    assert wrong == 0, capsys.readouterr().out
    assert total.refused + total.answered == 40
    assert total.refused > 5
    assert len(kinds) > 4


def test_every_model_that_is_served_is_tried():
    served = {
        name
        for name in registry.model_names()
        if registry.find_model(name).serving
    }
    assert served == {family.split("_")[0] for family in _FAMILIES}
