"""AttnGAN on CUB-200-2011, three stages to 64 pixels, sized for a CPU.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub
    tfragan train --config=attngan_cub64 --workdir=runs/attngan_cub64 \
        --data=data/cub --config.damsm=runs/damsm_cub64

Hardware: two CPU cores.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_cub64"
    config.data.source = "data/cub"
    config.epochs = 60
    defaults_small.small_stages(config)
    config.network.generator_width = 24
    config.network.discriminator_width = 32
    return defaults.finish(config, arg)
