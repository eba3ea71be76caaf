"""DF-GAN on the emoji that come with the package: beside ssagan_emoji.

    tfragan train --config=dfgan_emoji --workdir=runs/dfgan_emoji \
        --config.damsm=runs/damsm_emoji

Hardware: two CPU cores, half an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dfgan")
    defaults_small.one_stage_on_emoji(config)
    return defaults.finish(config, arg)
