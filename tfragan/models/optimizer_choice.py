"""Which optimizers a model is compiled with."""

import keras


def chosen_optimizers(model, optimizer, named):
    """The optimizer of each role, from the arguments of `compile`.

    Args:
        model: the `TrainingModel`.
        optimizer: that of all roles that are not named, or None for those of
            the published code; the first of these roles gets the object
            itself, the others copies.
        named: dict of `<role>_optimizer` to optimizer, name, config or None.

    Returns:
        Dict of role to optimizer.

    Raises:
        ValueError: a name is that of no role, or an optimizer is none.
    """
    known = [f"{role}_optimizer" for role in model.optimizer_roles]
    unknown = [name for name in named if name not in known]
    if unknown:
        raise ValueError(
            f"{type(model).__name__}.compile takes {', '.join(known)}. "
            f"Received: {', '.join(unknown)}"
        )
    shared, chosen = None, {}
    for role in model.optimizer_roles:
        name = f"{role}_optimizer"
        if named.get(name) is not None:
            chosen[role] = _optimizer_of(named[name], name)
        elif optimizer is None:
            chosen[role] = model.published_optimizer(role)
        elif shared is None:
            chosen[role] = shared = _optimizer_of(optimizer, name)
        else:
            chosen[role] = _copy_of(shared, name)
    return chosen


def _optimizer_of(given, name):
    """The optimizer that a name, a config or an object stands for.

    One that is made here has a fixed name, see `fixed_name`.
    """
    if isinstance(given, keras.optimizers.schedules.LearningRateSchedule):
        raise ValueError(
            "A schedule is the learning_rate of an optimizer, such as "
            "keras.optimizers.Adam(learning_rate=schedule), and no optimizer "
            f"itself. Received: {type(given).__name__}"
        )
    if hasattr(given, "apply"):
        return given
    optimizer = keras.optimizers.get(given)
    return _copy_of(optimizer, name) if isinstance(given, str) else optimizer


def _copy_of(optimizer, name):
    config = {**optimizer.get_config(), "name": name}
    return type(optimizer).from_config(config)


def scaling_loss(optimizer):
    """The optimizer, in one that scales the loss where it does not itself."""
    if hasattr(optimizer, "dynamic_scale") or hasattr(
        optimizer, "inner_optimizer"
    ):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)


def inner_optimizer(optimizer):
    """The optimizer that updates, inside of one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def check_unused(optimizer, variables, role):
    """Refuses an optimizer that was built for other variables.

    Args:
        optimizer: the optimizer.
        variables: what it is to update.
        role: what the model calls it for.

    Raises:
        ValueError: it keeps state of other variables.
    """
    inner = inner_optimizer(optimizer)
    if not getattr(inner, "built", False):
        return
    known = {id(one) for one in inner._trainable_variables}
    if any(id(one) not in known for one in variables):
        raise ValueError(
            f"The {role}_optimizer belongs to other networks, whose state it "
            "keeps: make a new one."
        )
