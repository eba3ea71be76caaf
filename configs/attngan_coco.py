"""AttnGAN on COCO 2014, as published: wider networks, a weight of 50.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco
    tfragan train --config=attngan_coco --workdir=runs/attngan_coco \
        --data=data/coco --config.damsm=runs/damsm_coco

Hardware: one GPU with 16 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_coco"
    config.data.source = "data/coco"
    config.data.layout = "coco"
    config.data.max_words = 12
    config.batch_size = 14
    config.epochs = 120
    config.network.generator_width = 48
    config.network.discriminator_width = 96
    config.network.residual_blocks = 3
    config.network.damsm_weight = 50.0
    return defaults.finish(config, arg)
