"""Configurations read from the signature of a constructor."""

import inspect

import keras


def recorded_config(layer):
    """The arguments that a layer or model was made with, defaults included.

    Every argument of the constructor has to be kept as the attribute of its
    name. A constructor with `**kwargs` takes those of its parents too, up to
    the classes of Keras, whose arguments `super().get_config()` knows.

    Args:
        layer: a layer or model.

    Returns:
        Dict of the names of the arguments to their values, serialized where
        they are Keras objects such as initializers.
    """
    return {
        name: _serialized(getattr(layer, name))
        for name in recorded_arguments(type(layer))
    }


class RecordedLayer(keras.layers.Layer):
    """A layer whose config is its `recorded_config`, or a model likewise.

    A model names this base before `keras.Model`.

    Example:

    >>> class Scale(RecordedLayer):
    ...     def __init__(self, factor=2.0, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = factor
    >>> Scale().get_config()["factor"]
    2.0
    """

    def get_config(self):
        return {**super().get_config(), **recorded_config(self)}


def recorded_arguments(cls):
    """The names that `recorded_config` gives for the objects of a class."""
    names = []
    for parent in cls.__mro__:
        if parent.__module__.startswith("keras."):
            break
        if "__init__" not in vars(parent):
            continue
        # Without the object itself.
        _, *parameters = inspect.signature(parent.__init__).parameters.values()
        variable = [
            parameter
            for parameter in parameters
            if parameter.kind
            in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        for parameter in parameters:
            if parameter not in variable and parameter.name not in names:
                names.append(parameter.name)
        if not any(p.kind is p.VAR_KEYWORD for p in variable):
            break
    return names


def _serialized(value):
    if hasattr(value, "get_config"):
        return keras.saving.serialize_keras_object(value)
    return value
