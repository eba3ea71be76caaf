"""RAGAN on CUB-200-2011 at 64 pixels: birds colored by a sentence, on a CPU.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub
    tfragan train --config=ragan_colorize_cub64 --workdir=runs/colorize_cub64 \
        --data=data/cub --config.damsm=runs/damsm_cub64
    tfragan colorize --workdir=runs/colorize_cub64 photo.jpg "a red bird"

The background comes from another image, or at random.

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small
from tfragan.configs import ragan_colorize_cub


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = ragan_colorize_cub.get_config()
    defaults_small.ragan(config)
    config.damsm = "runs/damsm_cub64"
    config.batch_size = 8
    config.epochs = 30
    return defaults.finish(config, arg)
