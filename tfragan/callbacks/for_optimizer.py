"""Callbacks of Keras for any optimizer of a model that has several."""

import types

import keras


class ForOptimizer(keras.callbacks.Callback):
    """A callback that sees another optimizer than `model.optimizer`.

    The callbacks of Keras know one optimizer. `model.optimizer` is that of the
    generators; with this around it a `LearningRateScheduler`, a
    `ReduceLROnPlateau` or any other of them works on another one, or on all.

    Args:
        callback: the callback.
        optimizer: a role, such as `"discriminator"`, see
            `TrainingModel.optimizer_roles`; or `"all"`: the callback sees the
            first one, and each change of its learning rate changes the others
            by the same factor.

    Raises:
        ValueError: when training begins, for a role that the model lacks.

    Example:

    ```python
    plateau = keras.callbacks.ReduceLROnPlateau("val_kernel_distance")
    model.fit(batches, validation_data=held_out, callbacks=[
        tfragan.callbacks.ForOptimizer(plateau, "all")])
    ```
    """

    def __init__(self, callback, optimizer="all"):
        super().__init__()
        self.callback = callback
        self.optimizer = optimizer

    def set_model(self, model):
        super().set_model(model)
        roles = model.optimizer_roles
        if self.optimizer not in (*roles, "all"):
            raise ValueError(
                f"optimizer must be one of {', '.join(roles)} or all. "
                f"Received: optimizer={self.optimizer!r}"
            )
        chosen = roles[0] if self.optimizer == "all" else self.optimizer
        self.callback.set_model(_View(model, chosen))

    def set_params(self, params):
        super().set_params(params)
        self.callback.set_params(params)

    def pass_on(self, hook, *args, **kwargs):
        """Calls the callback, and lets the other optimizers follow.

        Args:
            hook: name of the method.
            *args: its arguments.
            **kwargs: its arguments.
        """
        others = []
        if self.optimizer == "all":
            first, *others = self.model.optimizers().values()
            before = _rate(first)
        getattr(self.callback, hook)(*args, **kwargs)
        if others and _rate(first) != before:
            for other in others:
                other.learning_rate = _rate(other) * _rate(first) / before


def _rate(optimizer):
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def _passing_on(hook):
    def method(self, *args, **kwargs):
        self.pass_on(hook, *args, **kwargs)

    return method


for _hook in dir(keras.callbacks.Callback):
    if _hook.startswith("on_"):
        setattr(ForOptimizer, _hook, _passing_on(_hook))


class _View(types.SimpleNamespace):
    """A model with one of its optimizers as `optimizer`."""

    def __init__(self, model, role):
        super().__init__(_model=model, _role=role)

    @property
    def optimizer(self):
        return getattr(self._model, f"{self._role}_optimizer")

    def __getattr__(self, name):
        return getattr(self._model, name)

    def __setattr__(self, name, value):
        if name in ("_model", "_role"):
            super().__setattr__(name, value)
        else:
            setattr(self._model, name, value)
