"""AttnGAN on the avatars that come with the package.

    tfragan train --config=attngan_avatars --workdir=runs/attngan_avatars

Three stages to 64 pixels.

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    defaults_small.stages_on_avatars(config)
    return defaults.finish(config, arg)
