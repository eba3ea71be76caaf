"""Presets of classes that other packages define, and damaged weights."""

import json
import resource
import shutil

import numpy as np
import pytest

from tests.full_disk import full_disk
from tests.models import small_models
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators
from tfragan.data.image_augmentation import NotFiniteError
from tfragan.models import DFGAN
from tfragan.models import TextToImageModel
from tfragan.models import TrainingModel
from tfragan.models.preset import PresetError


class Unregistered(DFGAN):
    """A class without `register_keras_serializable`."""

    config_name = None


@pytest.mark.usefixtures("eager")
def test_a_class_that_is_not_registered_opens_while_it_is_imported(tmp_path):
    model = small_models.dfgan(Unregistered)
    preset = model.save_to_preset(tmp_path / "preset")
    same = TextToImageModel.from_preset(preset)

    assert type(same) is Unregistered
    np.testing.assert_array_equal(
        same.generate("a red bird"), model.generate("a red bird")
    )
    card = (preset / "README.md").read_text("utf-8")
    assert f"`{__name__}.Unregistered.from_preset(folder)`" in card


def _translated(model):
    size = model.image_size
    return model.translate(np.zeros((1, size, size, 3), np.uint8))


def _between(model):
    sentence = model.damsm.encode_captions(["a red bird"])
    return model.generate_between(sentence, model.noise_of(0))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (small_models.attngan, lambda model: model.generate("a red bird")),
        (small_models.dfgan, lambda model: model.generate("a red bird")),
        (small_models.ssagan, _between),
        (small_translators.ugatit, _translated),
        (small_ragans.ragan, small_ragans.sampled),
    ],
)
def test_weights_of_nan_are_neither_painted_nor_loaded(make, draw, tmp_path):
    model = make()
    for part in model.preset_parts().values():
        for weight in part.weights:
            if weight.path.endswith("kernel"):
                weight.assign(np.full(weight.shape, np.nan))
    with pytest.raises(NotFiniteError, match="An image holds NaN"):
        draw(model)
    preset = model.save_to_preset(tmp_path / "preset")
    with pytest.raises(PresetError, match=r"finite in \S+/kernel and \d+ more"):
        TrainingModel.from_preset(preset)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("preset") / "preset"
    return small_models.dfgan().save_to_preset(folder)


def _copy(stored, tmp_path):
    preset = tmp_path / "preset"
    shutil.copytree(stored, preset)
    return preset


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"\xff\xfe{}", b"", b"{", b"[]", b"3", b"{}"]
)
def test_a_config_that_is_none_is_named(stored, tmp_path, content):
    preset = _copy(stored, tmp_path)
    (preset / "config.json").write_bytes(content)
    with pytest.raises(PresetError, match=r"preset.*config\.json"):
        DFGAN.from_preset(preset)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"global_step": "6"}, "global_step: expected int, found '6'"),
        ({"config": []}, r"config: expected dict, found \[\]"),
        ({"tokenizer": 3}, "tokenizer: expected dict, found 3"),
        (
            {"tokenizer": {"max_words": "18", "vocabulary_sha256": ""}},
            "max_words: expected int, found '18'",
        ),
        ({"config/generator_width": "2"}, "generator_width: expected int, "),
        ({"config/generator_width": True}, "generator_width: expected int, "),
        ({"config/noise_dim": [5]}, r"noise_dim: expected int, .*found \[5\]"),
        ({"config/generator_width": -2}, "describes no DFGAN: "),
        ({"config/no_such": 1}, "describes no DFGAN: .*no_such"),
    ],
)
def test_values_of_wrong_types_are_named(stored, tmp_path, change, message):
    preset = _copy(stored, tmp_path)
    content = json.loads((preset / "config.json").read_text())
    for key, value in change.items():
        *outer, name = key.split("/")
        (content[outer[0]] if outer else content)[name] = value
    (preset / "config.json").write_text(json.dumps(content))
    with pytest.raises(PresetError, match=message) as caught:
        DFGAN.from_preset(preset)
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize("name", ["generator_width", "noise_dim"])
def test_absurd_sizes_are_refused_before_memory_is_asked_for(
    stored, tmp_path, name
):
    preset = _copy(stored, tmp_path)
    content = json.loads((preset / "config.json").read_text())
    content["config"][name] = 100_000_000
    (preset / "config.json").write_text(json.dumps(content))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PresetError, match=r"asks for weights of more than"):
        DFGAN.from_preset(preset)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300 * 1024


def test_a_single_flipped_bit_in_the_weights_is_found(stored, tmp_path):
    preset = _copy(stored, tmp_path)
    content = bytearray((preset / "model.weights.h5").read_bytes())
    content[-100] ^= 1
    (preset / "model.weights.h5").write_bytes(content)
    with pytest.raises(PresetError, match="not the file that was saved"):
        DFGAN.from_preset(preset)


def test_a_preset_that_tells_no_hash_opens(stored, tmp_path):
    preset = _copy(stored, tmp_path)
    content = json.loads((preset / "config.json").read_text())
    del content["weights_file_sha256"]
    (preset / "config.json").write_text(json.dumps(content))
    assert DFGAN.from_preset(preset).count_params()


def test_a_full_disk_leaves_the_older_preset_and_names_the_new_one(
    stored, tmp_path
):
    preset = _copy(stored, tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    model = small_models.dfgan()
    with (
        full_disk(4096),
        pytest.raises(OSError, match=f"{preset} cannot be written: "),
    ):
        model.save_to_preset(preset)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert DFGAN.from_preset(preset).count_params() == model.count_params()


def test_half_precision_halves_the_file_and_keeps_the_numbers(tmp_path):
    model = small_models.dfgan()
    whole = model.save_to_preset(tmp_path / "whole")
    half = model.save_to_preset(tmp_path / "half", half_precision=True)
    sizes = [
        (preset / "model.weights.h5").stat().st_size for preset in (half, whole)
    ]
    weights = sum(4 * int(np.prod(x.shape)) for x in model.weights)
    assert sizes[1] - sizes[0] > 0.4 * weights
    for found, expected in zip(
        DFGAN.from_preset(half).weights, model.weights, strict=True
    ):
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_what_half_precision_cannot_hold_is_refused(tmp_path):
    model = small_models.dfgan()
    preset = model.save_to_preset(tmp_path / "preset")
    before = (preset / "model.weights.h5").read_bytes()
    model.generator.weights[0].assign(1e6 * model.generator.weights[0] + 1e6)
    with pytest.raises(ValueError, match="too large for half precision"):
        model.save_to_preset(preset, half_precision=True)
    assert (preset / "model.weights.h5").read_bytes() == before
