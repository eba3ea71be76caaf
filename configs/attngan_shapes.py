"""AttnGAN on generated pictures of captioned shapes, two stages to 32 pixels.

    tfragan train --config=damsm_shapes --workdir=runs/damsm_shapes
    tfragan train --config=attngan_shapes --workdir=runs/attngan_shapes \
        --config.damsm=runs/damsm_shapes

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("attngan")
    config.damsm = "runs/damsm_shapes"
    config.data.source = "shapes"
    config.data.crop = "full"
    config.batch_size = 16
    config.epochs = 0
    config.steps = 3000
    defaults_small.small_stages(config)
    config.network.stages = 2
    config.network.generator_width = 24
    config.network.discriminator_width = 16
    config.network.noise_dim = 16
    config.network.condition_dim = 32
    defaults_small.report_often(config, 50, 250, 500)
    return defaults.finish(config, arg)
