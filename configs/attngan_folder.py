"""AttnGAN on your own images and captions, three stages to 64 pixels.

    tfragan train --config=damsm_folder --workdir=runs/damsm_mine \
        --data=path/to/folder
    tfragan train --config=attngan_folder --workdir=runs/attngan_mine \
        --data=path/to/folder --config.damsm=runs/damsm_mine

--config.network.base_size=64 makes 256 pixels out of 64.

Hardware: two CPU cores for hours at 64 pixels, a GPU for more.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_mine"
    config.data.source = "data/mine"
    config.epochs = 200
    config.network.base_size = 16
    config.network.discriminator_width = 32
    return defaults.finish(config, arg)
