"""The DCGAN variant on CUB-200-2011: one image, one discriminator.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=attngan_dcgan_cub --workdir=runs/dcgan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

Three stages to 256 pixels of which only the last makes an image, without
residual blocks and without an unconditional head.

Hardware: one GPU with 12 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.data.layout = "cub"
    config.batch_size = 30
    config.epochs = 400
    config.network.dcgan = True
    config.network.residual_blocks = 0
    config.network.damsm_weight = 1.0
    return defaults.finish(config, arg)
