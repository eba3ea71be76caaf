"""RAGAN on CUB-200-2011: birds colored by a sentence, as published.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=ragan_colorize_cub --workdir=runs/colorize_cub \
        --data=data/cub --config.damsm=runs/damsm_cub
    tfragan colorize --workdir=runs/colorize_cub photo.jpg "this bird is red"

The background comes from another image, or at random.

Hardware: a GPU, days.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    config.batch_size = 2
    config.epochs = 300
    config.network.supervised = True
    config.network.guidance = "image_text"
    config.network.generator_width = 64
    config.damsm = "runs/damsm_cub"
    config.data.source = "data/cub"
    config.reports.checkpoint_every = 5000
    return defaults.finish(config, arg)
