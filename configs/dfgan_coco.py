"""DF-GAN on COCO 2014 at 256 pixels, as published in 2022.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco
    tfragan train --config=dfgan_coco --workdir=runs/dfgan_coco \
        --data=data/coco --config.damsm=runs/damsm_coco

Hardware: one GPU with 12 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dfgan")
    config.damsm = "runs/damsm_coco"
    config.data.source = "data/coco"
    config.data.layout = "coco"
    config.epochs = 300
    return defaults.finish(config, arg)
