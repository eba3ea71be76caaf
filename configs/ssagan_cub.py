"""SSA-GAN on CUB-200-2011 at 256 pixels, as published.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=ssagan_cub --workdir=runs/ssagan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

Hardware: one GPU with 24 GB. For a CPU take ssagan_cub64.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ssagan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.data.layout = "cub"
    return defaults.finish(config, arg)
