"""What the models bring to the command line, a family a module.

A family says how its data is opened, its models and optimizers are made out
of a config, and what is drawn and measured while it trains; see
`tfragan.cli.experiment.Experiment`. The rest of the command line knows no
model by name.
"""

import importlib

from tfragan.cli.errors import UsageError
from tfragan.cli.similar import did_you_mean

# The value of config.model, to the module here and the class in it.
_CLASSES = {
    "attngan": ("attngan_experiment", "AttnGANExperiment"),
    "cyclegan": ("translation_experiment", "CycleGANExperiment"),
    "damsm": ("damsm_experiment", "DAMSMExperiment"),
    "dfgan": ("one_stage_experiment", "DFGANExperiment"),
    "ragan": ("ragan_experiment", "RAGANExperiment"),
    "ssagan": ("one_stage_experiment", "SSAGANExperiment"),
    "ugatit": ("translation_experiment", "UGATITExperiment"),
}


def experiment_class(config):
    """The class of a config's experiments.

    Args:
        config: a `ConfigDict` with `model`.

    Returns:
        A subclass of `Experiment`.

    Raises:
        UsageError: for a model that does not exist.
    """
    if config.model not in _CLASSES:
        raise UsageError(
            f"config.model={config.model}: there is no such model."
            f"{did_you_mean(config.model, _CLASSES)} The models are: "
            f"{', '.join(sorted(_CLASSES))}."
        )
    module, name = _CLASSES[config.model]
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
