"""DAMSM on COCO 2014, as published: Inception-v3 at 299 pixels.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco

The folder is laid out as by the AttnGAN authors, or holds COCO's own
captions json. The published run kept the weights of epoch 100 of 600.

Hardware: one GPU with 12 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "data/coco"
    config.data.layout = "coco"
    config.epochs = 100
    config.tokenizer.max_words = 15
    return defaults.finish(config, arg)
