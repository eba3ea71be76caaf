"""SSA-GAN on COCO 2014 at 256 pixels, as published.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco
    tfragan train --config=ssagan_coco --workdir=runs/ssagan_coco \
        --data=data/coco --config.damsm=runs/damsm_coco

Hardware: one GPU with 24 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ssagan")
    config.damsm = "runs/damsm_coco"
    config.data.source = "data/coco"
    config.data.layout = "coco"
    config.epochs = 120
    return defaults.finish(config, arg)
