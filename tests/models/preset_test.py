"""Presets of classes that other packages define, and damaged weights."""

import numpy as np
import pytest

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


def test_a_class_that_is_not_registered_opens_while_it_is_imported(tmp_path):
    model = Unregistered(
        small_models.damsm(),
        image_size=32,
        generator_width=2,
        discriminator_width=2,
        noise_dim=5,
    )
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
