"""RAGAN on CUB-200-2011 at 64 pixels: birds edited by a sentence, on a CPU.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub
    tfragan train --config=ragan_cub64 --workdir=runs/ragan_cub64 \
        --data=data/cub --config.damsm=runs/damsm_cub64
    tfragan edit --workdir=runs/ragan_cub64 photo.jpg "this bird is red"

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    defaults_small.ragan(config)
    config.damsm = "runs/damsm_cub64"
    config.data.source = "data/cub"
    config.epochs = 30
    # Less than the published 10 and 10, to leave room for edits in few steps;
    # no other values were tried with this normalization.
    config.network.reconstruction_weight = 4.0
    config.network.identity_weight = 2.0
    return defaults.finish(config, arg)
