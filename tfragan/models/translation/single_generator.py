"""One generator of a preset, without the rest of the model."""

from tfragan.models.preset import PresetError
from tfragan.models.preset import load_parts
from tfragan.models.preset import preset_class
from tfragan.models.preset import read_preset_config
from tfragan.models.translation.image_translation_model import (
    ImageTranslationModel,
)
from tfragan.models.translation.translate_images import check_direction


def load_generator(folder, direction="ab"):
    """Reads one generator of a preset; nothing else takes memory.

    Args:
        folder: a preset of an `ImageTranslationModel`.
        direction: `"ab"` or `"ba"`.

    Returns:
        The generator, built, for `translate_images`.

    Raises:
        PresetError: the folder is incomplete or of a model that translates
            no images.
    """
    check_direction(direction)
    model_class, stored = read_translation_preset(folder)
    name = f"generator_{direction}"
    generator = model_class.generator_from_config(stored["config"], name)
    generator.build()
    load_parts({name: generator}, folder)
    return generator


def read_translation_preset(folder):
    """Reads what a preset is, without its weights.

    Args:
        folder: a preset of an `ImageTranslationModel`.

    Returns:
        The model's class, and the content of `config.json`: `config` holds
        the arguments of the class.

    Raises:
        PresetError: the folder is incomplete or of a model that translates
            no images.
    """
    model_class = preset_class(folder)
    if not issubclass(model_class, ImageTranslationModel):
        raise PresetError(
            f"{folder} holds a preset of {model_class.__name__}, which "
            "translates no images."
        )
    return model_class, read_preset_config(folder, model_class.__name__)
