"""CycleGAN as published: 256 pixels, 200 epochs of one image a step.

    tfragan train --config=cyclegan --workdir=runs/horse2zebra \
        --data=data/horse2zebra

Hardware: one GPU with 8 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("cyclegan")
    config.data.source = "data/horse2zebra"
    return defaults.finish(config, arg)
