"""U-GAT-IT light on two folders of your own, at 128 pixels.

    tfragan train --config=ugatit_folder --workdir=runs/mine \
        --data=path/to/folder

The folder holds trainA and trainB with the images of either kind, and testA
and testB with some to look at; names, formats and sizes are free. Without
the latter: --config.data.test_split=train.

--config.network.image_size=256 and --config.network.light=False are the
published network.

Hardware: one GPU with 8 GB, or a CPU for days.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    config.data.source = "data/mine"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 15
    config.steps = 200_000
    config.network.image_size = 128
    config.network.light = True
    config.reports.checkpoint_every = 5000
    config.reports.measure_every = 5000
    return defaults.finish(config, arg)
