"""SSA-GAN on the emoji that come with the package, at 64 pixels.

    tfragan train --config=damsm_emoji --workdir=runs/damsm_emoji
    tfragan train --config=ssagan_emoji --workdir=runs/ssagan_emoji \
        --config.damsm=runs/damsm_emoji

Hardware: two CPU cores, half an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ssagan")
    defaults_small.one_stage_on_emoji(config)
    config.network.mask_filters = 16
    return defaults.finish(config, arg)
