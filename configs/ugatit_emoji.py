"""U-GAT-IT light on the emoji that come with the package, at 64 pixels.

    tfragan train --config=ugatit_emoji --workdir=runs/emoji_translation
    tfragan translate --workdir=runs/emoji_translation --data=emoji

A is Google's Noto, B is Twemoji; that both draw the same things is not used.

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.ugatit()
    config.data.source = "emoji"
    config.data.enlarge = 8
    # Some emoji are letters.
    config.data.flip = False
    config.steps = 1000
    config.network.image_size = 64
    config.network.light = True
    config.network.width = 16
    config.network.discriminator_depth = 5
    # Faster than published, for minutes instead of days.
    config.optimizer.learning_rate = 5e-4
    config.reports.every = 20
    config.reports.samples_every = 100
    config.reports.checkpoint_every = 250
    config.reports.measure_every = 250
    return defaults.finish(config, arg)
