"""AttnGAN on the emoji that come with the package.

    tfragan train --config=damsm_emoji --workdir=runs/damsm_emoji
    tfragan train --config=attngan_emoji --workdir=runs/attngan_emoji \
        --config.damsm=runs/damsm_emoji

Three stages to 64 pixels.

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_emoji"
    config.data.source = "emoji"
    config.data.crop = "full"
    config.batch_size = 16
    config.epochs = 0
    config.steps = 1500
    defaults_small.small_stages(config)
    config.network.generator_width = 16
    config.network.discriminator_width = 16
    config.network.noise_dim = 32
    config.network.condition_dim = 32
    defaults_small.report_often(config, 50, 250, 500)
    return defaults.finish(config, arg)
