"""RAGAN on the emoji that come with the package, edited by labels.

    tfragan train --config=ragan_emoji --workdir=runs/ragan_emoji
    tfragan edit --workdir=runs/ragan_emoji photo.png \
        --labels="Food & Drink,twemoji"

The labels are the category of an emoji and its vendor, Noto or Twemoji.

Hardware: two CPU cores, half an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    defaults_small.ragan_on_emoji(config)
    config.network.guidance = "label"
    return defaults.finish(config, arg)
