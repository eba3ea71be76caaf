"""RAGAN on the emoji that come with the package, guided by an image.

    tfragan train --config=ragan_noto2twemoji --workdir=runs/noto2twemoji
    tfragan edit --workdir=runs/noto2twemoji noto.png --reference=twemoji.png

A is Google's Noto, B is Twemoji; that both draw the same things is not used.

Hardware: two CPU cores, half an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    defaults_small.ragan_on_emoji(config)
    config.network.guidance = "image"
    config.batch_size = 4
    return defaults.finish(config, arg)
