"""AttnGAN on CUB-200-2011, as published: three stages to 256 pixels.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=attngan_cub --workdir=runs/attngan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

Hardware: one GPU with 12 GB. For a CPU take attngan_cub64.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.data.layout = "cub"
    return defaults.finish(config, arg)
