"""DM-GAN on COCO 2014, as published: more blocks, a weight of 50.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco
    tfragan train --config=dmgan_coco --workdir=runs/dmgan_coco \
        --data=data/coco --config.damsm=runs/damsm_coco

Published: inception score 30.49, PyTorch FID 32.64, R-precision 88.6 %.

Hardware: one GPU with 16 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("dmgan")
    config.damsm = "runs/damsm_coco"
    config.data.source = "data/coco"
    config.data.layout = "coco"
    config.data.max_words = 12
    config.batch_size = 16
    config.epochs = 200
    config.network.residual_blocks = 3
    config.network.damsm_weight = 50.0
    return defaults.finish(config, arg)
