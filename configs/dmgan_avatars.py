"""DM-GAN on the avatars that come with the package: beside attngan_avatars.

    tfragan train --config=dmgan_avatars --workdir=runs/dmgan_avatars

Three stages to 64 pixels, of the sizes of attngan_avatars.

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dmgan")
    defaults_small.captions_of_avatars(config)
    config.steps = 3000
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 1e-3
    config.network.base_size = 16
    config.network.condition_dim = 32
    config.network.residual_blocks = 1
    config.network.average_decay = 0.995
    config.network.average_rises = True
    return defaults.finish(config, arg)
