"""DAMSM on CUB-200-2011, as published: Inception-v3 at 299 pixels.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub

The folder holds the images, bounding boxes and captions in the layout of the
AttnGAN authors. The published run kept the weights of epoch 200 of 600.

Hardware: one GPU with 12 GB; on a CPU an epoch takes hours, where damsm_cub64
takes minutes.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "data/cub"
    config.data.layout = "cub"
    config.epochs = 200
    return defaults.finish(config, arg)
