"""RAGAN on CUB-200-2011: birds edited by a sentence, as published.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=ragan_cub --workdir=runs/ragan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub
    tfragan edit --workdir=runs/ragan_cub photo.jpg "this bird is red"

Hardware: a GPU, days.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.reports.checkpoint_every = 5000
    return defaults.finish(config, arg)
