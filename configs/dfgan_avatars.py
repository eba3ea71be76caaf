"""DF-GAN on the avatars that come with the package: beside ssagan_avatars.

    tfragan train --config=dfgan_avatars --workdir=runs/dfgan_avatars

Hardware: two CPU cores, half an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dfgan")
    defaults_small.captions_of_avatars(config)
    config.steps = 6000
    config.network.image_size = 64
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 4e-4
    return defaults.finish(config, arg)
