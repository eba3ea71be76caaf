"""U-GAT-IT light on the emoji that come with the package, at 64 pixels.

    tfragan train --config=ugatit_emoji --workdir=runs/emoji_translation
    tfragan translate --workdir=runs/emoji_translation --data=emoji

A is Google's Noto, B is Twemoji; that both draw the same things is not used.

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    defaults_small.translation_on_emoji(config)
    config.network.light = True
    config.network.discriminator_depth = 5
    return defaults.finish(config, arg)
