"""The settings that every experiment has, whatever its model."""

from ml_collections import ConfigDict


def shared(model):
    """The settings that do not depend on the model.

    Args:
        model: the value of `config.model`.

    Returns:
        A `ConfigDict` to which the model's own settings are added.
    """
    config = ConfigDict()
    config.model = model
    config.seed = 0
    # Epochs or steps: the one that is not 0 says how long.
    config.steps = 0
    config.epochs = 0
    # Over all devices.
    config.batch_size = 1
    # float32, mixed_bfloat16 or mixed_float16.
    config.precision = "float32"
    config.jit_compile = False

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


def shrink(config):
    """Shortens an experiment to a few steps with a few reports.

    Args:
        config: a config made from `shared`, changed in place.
    """
    config.epochs = 0
    config.steps = 6
    config.data.layout = "auto"
    config.reports.every = 2
    config.reports.samples_every = 3
    config.reports.checkpoint_every = 3
    config.reports.measure_every = 0
