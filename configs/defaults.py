"""What experiments start from: the published settings, with every key.

A file changes what differs, and ends with `finish`:

    def get_config(arg=""):
        config = defaults.published("attngan")
        config.data.source = "photos"
        return defaults.finish(config, arg)
"""

import inspect

from ml_collections import ConfigDict

from tfragan.models import registry


def published(model):
    """The settings of a model as its authors trained it.

    Those of its task are explained by `add_settings` of its experiment, see
    `tfragan.cli.families`; those of its network by its class.

    Args:
        model: the value of `config.model`, such as `"attngan"` or
            `"my_package:MyGAN"`.

    Returns:
        A `ConfigDict`.
    """
    model_class = registry.find_model(model)
    task = registry.imported(model_class.experiment)
    config = _of_every_task()
    config.model = model
    task.add_settings(config)
    config.network = network_defaults(model_class, task.arguments_of_data)
    for key, value in model_class.published_config.items():
        section, _, name = key.rpartition(".")
        (config[section] if section else config)[name] = value
    return config


def network_defaults(model_class, without=()):
    """The arguments of a model that a config sets, as they are by default.

    Args:
        model_class: the class of the model.
        without: names of arguments that are not for a config, beside the
            seed, which is the run's, and those without a default.

    Returns:
        A `ConfigDict` from names to values.
    """
    parameters = inspect.signature(model_class).parameters
    return ConfigDict(
        {
            name: parameter.default
            for name, parameter in parameters.items()
            if parameter.default not in (inspect.Parameter.empty, None)
            and name not in ("seed", *without)
        }
    )


def finish(config, arg):
    """Applies the argument of a config's name.

    Args:
        config: the config of a file.
        arg: what follows the colon: nothing, or `tiny` for an experiment of
            a few seconds.

    Returns:
        The config.

    Raises:
        ValueError: for any other argument.
    """
    if arg not in ("", "tiny"):
        raise ValueError(f"the argument must be 'tiny'. Received: {arg}")
    if arg == "tiny":
        _shrink(config)
    return config


def _of_every_task():
    config = ConfigDict()
    config.seed = 0
    # Epochs or steps: the one that is not 0 says how long.
    config.steps = 0
    config.epochs = 0
    # Over all devices.
    config.batch_size = 1
    # float32, mixed_bfloat16, mixed_float16, or auto: mixed_bfloat16 where the
    # machine has units for it, else float32.
    config.precision = "float32"
    config.jit_compile = False
    # Whether several devices share the statistics of batch normalization.
    config.sync_batch_norm = True

    config.data = ConfigDict()
    config.data.source = ""
    # See --layout; auto looks at the source.
    config.data.layout = "auto"
    config.data.train_split = "train"
    config.data.test_split = "test"
    config.data.on_bad_item = "skip"

    # Intervals in steps.
    config.reports = ConfigDict()
    config.reports.every = 100
    config.reports.samples_every = 1000
    config.reports.checkpoint_every = 1000
    config.reports.checkpoints_kept = 2
    return config


def _shrink(config):
    """Shortens an experiment to a few steps of a small network."""
    model_class = registry.find_model(config.model)
    config.epochs = 0
    config.steps = 6
    config.data.layout = "auto"
    config.reports.every = 2
    config.reports.samples_every = 3
    config.reports.checkpoint_every = 3
    config.reports.measure_every = 0
    registry.imported(model_class.experiment).shrink(config)
    for name, value in model_class.tiny.items():
        config.network[name] = min(value, config.network[name])
