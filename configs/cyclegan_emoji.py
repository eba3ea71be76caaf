"""CycleGAN on the emoji that come with the package: beside ugatit_emoji.

    tfragan train --config=cyclegan_emoji --workdir=runs/emoji_cyclegan

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.cyclegan()
    config.data.source = "emoji"
    config.data.enlarge = 8
    # Some emoji are letters.
    config.data.flip = False
    config.epochs = 0
    config.steps = 1000
    config.network.image_size = 64
    config.network.width = 16
    config.network.residual_blocks = 6
    config.network.discriminator_width = 16
    # Faster than published, for minutes instead of days.
    config.optimizer.learning_rate = 5e-4
    config.reports.every = 20
    config.reports.samples_every = 100
    config.reports.checkpoint_every = 250
    config.reports.measure_every = 250
    return defaults.finish(config, arg)
