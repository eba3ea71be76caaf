"""DM-GAN on CUB-200-2011, as published: three stages to 256 pixels.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=dmgan_cub --workdir=runs/dmgan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

Published: inception score 4.75, PyTorch FID 16.09, R-precision 72.3 %.

Hardware: one GPU with 12 GB. For a CPU take dmgan_cub64.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dmgan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.data.layout = "cub"
    return defaults.finish(config, arg)
