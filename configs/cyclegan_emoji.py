"""CycleGAN on the emoji that come with the package: beside ugatit_emoji.

    tfragan train --config=cyclegan_emoji --workdir=runs/emoji_cyclegan

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("cyclegan")
    defaults_small.translation_on_emoji(config)
    config.network.residual_blocks = 6
    config.network.discriminator_width = 16
    return defaults.finish(config, arg)
