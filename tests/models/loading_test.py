"""`tfragan.models.load` opens whatever a model was kept in."""

import numpy as np
import pytest

import tfragan
from tests.models import small_models
from tfragan.models.preset import PresetError


@pytest.fixture(scope="module")
def model():
    return small_models.dfgan()


def _assert_same(found, model):
    assert type(found) is type(model)
    for one, other in zip(found.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_preset_a_run_and_a_file_open(model, tmp_path):
    model.save_to_preset(tmp_path / "run" / "final")
    model.save(tmp_path / "model.keras")

    for path in ("run", "run/final", "model.keras"):
        _assert_same(tfragan.models.load(tmp_path / path), model)


def test_the_best_preset_of_a_run_comes_before_its_last(model, tmp_path):
    model.save_to_preset(tmp_path / "best")
    other = small_models.dfgan(seed=1, generator_width=3)
    other.save_to_preset(tmp_path / "final")

    _assert_same(tfragan.models.load(tmp_path), model)


def test_what_is_no_model_is_named(tmp_path):
    with pytest.raises(PresetError, match="no such file or folder"):
        tfragan.models.load(tmp_path / "no_such")
    with pytest.raises(PresetError, match=str(tmp_path)):
        tfragan.models.load(tmp_path)


def test_a_preset_opens_with_another_dtype_policy(tmp_path):
    model = small_models.attngan(dtype="mixed_bfloat16")
    model.save_to_preset(tmp_path / "preset")
    other = tfragan.models.load(tmp_path / "preset", dtype="float32")

    _assert_same(other, model)
    assert other.dtype_policy.name == "float32"
    assert other.generator.compute_dtype == "float32"
    kept = tfragan.models.load(tmp_path / "preset")
    assert kept.generator.compute_dtype == "bfloat16"


def test_a_file_keeps_its_dtype_policy(model, tmp_path):
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="only a preset takes another"):
        tfragan.models.load(tmp_path / "model.keras", dtype="float32")
