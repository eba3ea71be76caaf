"""DF-GAN on CUB-200-2011 at 256 pixels, as published in 2022.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=dfgan_cub --workdir=runs/dfgan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

The program of 2020: --config.network.version=2020, with batches of 24, 600
epochs and, for the numbers of the first paper, widths of 64.

Hardware: one GPU with 12 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dfgan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.data.layout = "cub"
    return defaults.finish(config, arg)
