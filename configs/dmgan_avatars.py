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
    defaults_small.stages_on_avatars(config)
    return defaults.finish(config, arg)
