"""Which `Serving` belongs to which model."""

from tfragan.export.caption_serving import CaptionServing
from tfragan.export.ragan_serving import RAGANServing
from tfragan.export.serving import Serving
from tfragan.export.translation_serving import TranslationServing
from tfragan.models import RAGAN
from tfragan.models import ImageTranslationModel
from tfragan.models import TextToImageModel

_SERVINGS: dict[type, type[Serving]] = {
    TextToImageModel: CaptionServing,
    ImageTranslationModel: TranslationServing,
    RAGAN: RAGANServing,
}


class ExportError(ValueError):
    """A model that cannot be exported, or to that place."""


def serving_of(model, **options):
    """The `Serving` of a model.

    Args:
        model: a `TextToImageModel`, an `ImageTranslationModel` or a `RAGAN`.
        **options: those of the serving's class.

    Returns:
        A `Serving`.

    Raises:
        ExportError: nothing is served of such a model.
        TypeError: an option is not one of this kind of model.
    """
    for model_class, serving_class in _SERVINGS.items():
        if isinstance(model, model_class):
            return serving_class(model, **options)
    names = " or ".join(model_class.__name__ for model_class in _SERVINGS)
    raise ExportError(
        f"model: expected {names}, received {type(model).__name__}."
    )


def verify(path, model, **options):
    """Loads a SavedModel and compares all its signatures with the model.

    Args:
        path: folder of one version.
        model: the model it was made from.
        **options: as for `serving_of`.

    Returns:
        A `Parity`.

    Raises:
        ExportError: nothing is served of such a model.
    """
    return serving_of(model, **options).verify(path)
