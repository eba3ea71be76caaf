"""What every family's export keeps."""

import contextlib
import json

import pytest

from tests.export.conftest import assert_same
from tests.export.conftest import assert_written_once
from tests.export.conftest import changed
from tests.models.ragan import small_ragans
from tests.models.translation import small_translators
from tfragan.export import verify
from tfragan.export.serving import serving_of
from tfragan.export.translation_serving import some_images


@pytest.fixture(params=["exported", "translator", "editor"])
def version(request):
    """A model and the folder of its only version."""
    return request.getfixturevalue(request.param)


_NETWORKS = {
    "AttnGAN": lambda model: (
        model.generator_average,
        model.damsm.text_encoder,
    ),
    "UGATIT": lambda model: (model.generator_ab, model.generator_ba),
    "RAGAN": lambda model: (model.generator, model.damsm.text_encoder),
}
_TOLD = {
    "AttnGAN": {"unknown_words": "dropped"},
    "UGATIT": {
        "directions": ["ab", "ba"],
        "image_size": small_translators.IMAGE_SIZE,
    },
    "RAGAN": {"unknown_words": "dropped", "image_size": small_ragans.SIZE},
}
_ONE_SAMPLE = {
    "AttnGAN": {"captions": ["a red fish"], "seeds": [1]},
    "UGATIT": {
        "direction": "ab",
        "images": some_images(small_translators.IMAGE_SIZE)[:1],
    },
    "RAGAN": {"images": some_images(40)[1:2]},
}
# The least that maps of other weights differ by.
_OTHER_MAPS = {"AttnGAN": 1e-3, "UGATIT": 0.1, "RAGAN": 0.01}


def _networks(model):
    return _NETWORKS[type(model).__name__](model)


def test_the_file_tells_what_the_export_is(version):
    model, path = version
    found = json.loads((path / "export.json").read_text("utf-8"))
    name = type(model).__name__
    assert found["class_name"] == name
    assert found | _TOLD[name] == found
    assert found["needs"] == {}
    assert sorted(found["signatures"]) == sorted(serving_of(model).signatures)
    if "unknown_words" in found:
        expected = model.tokenizer.vocabulary.sha256
        assert found["vocabulary"]["sha256"] == expected
    assert_same(found["parity"])


def test_each_weight_is_written_once_and_no_discriminator(version):
    assert_written_once(version.path, *_networks(version.model))


def test_other_weights_and_maps_are_noticed(version):
    model, path = version
    name = type(model).__name__
    with contextlib.ExitStack() as stack:
        for network in _networks(model):
            for weight in network.trainable_weights:
                stack.enter_context(changed(weight, -weight))
        parity = verify(path, model, **_ONE_SAMPLE[name])
    assert parity.samples == 1
    assert parity.max_pixel_difference > 8
    assert parity.max_attention_difference > _OTHER_MAPS[name]
    assert parity.independent_rows
