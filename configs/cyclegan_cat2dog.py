"""CycleGAN on cat2dog at 64 pixels, for a CPU: beside ugatit_cat2dog.

    tfragan train --config=cyclegan_cat2dog --workdir=runs/cat2dog_cyclegan \
        --data=data/cat2dog

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("cyclegan")
    defaults_small.translation_on_cat2dog(config)
    config.network.residual_blocks = 6
    config.network.discriminator_width = 32
    return defaults.finish(config, arg)
