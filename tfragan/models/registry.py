"""The models by the names that configs and presets use.

A model class says what the rest of the package has to know of it, see
`TrainingModel`; all other code finds models here and keeps no list of names.
"""

import importlib

from tfragan.models.training_model import TrainingModel


class UnknownModelError(ValueError):
    """There is no model of that name."""


def model_names():
    """Names of the models of this package, as `config.model` has them.

    Returns:
        Sorted list of strings.
    """
    return sorted(_classes())


def find_model(name):
    """The class of a model.

    Args:
        name: a name of `model_names()`, or `"my_package:MyGAN"` for a class
            that any installed module defines.

    Returns:
        A subclass of `TrainingModel`.

    Raises:
        UnknownModelError: there is no such model, or it is none.
    """
    if ":" in name:
        return _foreign_class(name)
    classes = _classes()
    if name not in classes:
        raise UnknownModelError(
            f"there is no model {name!r}; the models are "
            f"{', '.join(sorted(classes))}, and my_package:MyGAN for a class "
            "of your own"
        )
    return classes[name]


def imported(reference):
    """What a declaration such as `TrainingModel.experiment` refers to.

    Args:
        reference: `"module:name"`, or `"module"` for the module itself.

    Returns:
        The object.
    """
    module, _, name = reference.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


def _classes():
    # Imported here: the models import their bases, which are beside this.
    from tfragan import models

    return {
        value.config_name: value
        for value in vars(models).values()
        if isinstance(value, type)
        and issubclass(value, TrainingModel)
        and value.config_name
    }


def _foreign_class(name):
    try:
        found = imported(name)
    except (ImportError, AttributeError) as error:
        raise UnknownModelError(
            f"the model {name!r} cannot be imported: {error}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, TrainingModel)):
        raise UnknownModelError(
            f"{name!r} is no model: it must be a subclass of "
            "tfragan.models.TrainingModel"
        )
    return found
