"""Presets of classes that other packages define."""

import numpy as np

from tests.models import small_models
from tfragan.models import DFGAN
from tfragan.models import TextToImageModel


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
