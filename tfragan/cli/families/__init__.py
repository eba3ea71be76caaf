"""What the models bring to the command line, a family a module.

A family says how its data is opened, its models and optimizers are made out
of a config, and what is drawn and measured while it trains; see
`tfragan.cli.experiment.Experiment`. The rest of the command line knows no
model by name.
"""

from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.models import registry


def experiment_class(config):
    """The class of a config's experiments, as its model declares it.

    Args:
        config: a `ConfigDict` with `model`.

    Returns:
        A subclass of `Experiment`.

    Raises:
        UsageError: for a model that does not exist.
    """
    try:
        model = registry.find_model(config.model)
    except registry.UnknownModelError as error:
        hint = did_you_mean(config.model, registry.model_names())
        raise UsageError(
            f"config.model={config.model}: {error}.{hint}"
        ) from error
    return registry.imported(model.experiment)
