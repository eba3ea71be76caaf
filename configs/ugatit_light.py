"""U-GAT-IT light as published: 256 pixels, a million steps of one image.

    tfragan train --config=ugatit_light --workdir=runs/selfie2anime_light \
        --data=data/selfie2anime

Hardware: one GPU with 11 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    config.data.source = "data/selfie2anime"
    config.network.light = True
    return defaults.finish(config, arg)
