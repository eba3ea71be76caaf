"""SSA-GAN on CUB-200-2011 at 64 pixels, sized for a CPU.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub
    tfragan train --config=ssagan_cub64 --workdir=runs/ssagan_cub64 \
        --data=data/cub --config.damsm=runs/damsm_cub64

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ssagan")
    config.damsm = "runs/damsm_cub64"
    config.data.source = "data/cub"
    config.epochs = 100
    config.network.image_size = 64
    config.network.generator_width = 24
    config.network.discriminator_width = 24
    config.network.mask_filters = 32
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 4e-4
    config.reports.measure_every = 500
    config.reports.samples_every = 250
    config.reports.checkpoint_every = 500
    return defaults.finish(config, arg)
