"""DM-GAN on CUB-200-2011, three stages to 64 pixels: beside attngan_cub64.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub
    tfragan train --config=dmgan_cub64 --workdir=runs/dmgan_cub64 \
        --data=data/cub --config.damsm=runs/damsm_cub64

Hardware: two CPU cores.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dmgan")
    config.damsm = "runs/damsm_cub64"
    config.data.source = "data/cub"
    config.batch_size = 20
    config.epochs = 60
    defaults_small.small_stages(config)
    config.network.generator_width = 24
    config.network.discriminator_width = 32
    return defaults.finish(config, arg)
