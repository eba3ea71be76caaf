"""CycleGAN on the avatars that come with the package: beside ugatit_avatars.

    tfragan train --config=cyclegan_avatars --workdir=runs/cyclegan_avatars

Hardware: two CPU cores, an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("cyclegan")
    defaults_small.translation_of_avatars(config)
    config.network.residual_blocks = 6
    config.network.discriminator_width = 16
    return defaults.finish(config, arg)
