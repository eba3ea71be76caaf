"""CycleGAN on cat2dog at 64 pixels, for a CPU: beside ugatit_cat2dog.

    tfragan train --config=cyclegan_cat2dog --workdir=runs/cat2dog_cyclegan \
        --data=data/cat2dog

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.cyclegan()
    config.data.source = "data/cat2dog"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 8
    config.epochs = 0
    config.steps = 20_000
    config.network.image_size = 64
    config.network.width = 32
    config.network.residual_blocks = 6
    config.network.discriminator_width = 32
    config.reports.every = 50
    config.reports.samples_every = 500
    config.reports.checkpoint_every = 1000
    config.reports.measure_every = 1000
    return defaults.finish(config, arg)
