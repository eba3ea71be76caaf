"""U-GAT-IT light on cat2dog at 64 pixels, for a CPU.

    tfragan train --config=ugatit_cat2dog --workdir=runs/cat2dog \
        --data=data/cat2dog

A is cats, B is dogs: 660 and 1,071 photos to train on, 80 and 88 to test.

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.ugatit()
    config.data.source = "data/cat2dog"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 8
    config.steps = 20_000
    config.network.image_size = 64
    config.network.light = True
    config.network.width = 32
    # Global discriminators of depth 6 need 96 pixels.
    config.network.discriminator_depth = 5
    config.reports.every = 50
    config.reports.samples_every = 500
    config.reports.checkpoint_every = 1000
    config.reports.measure_every = 1000
    return defaults.finish(config, arg)
