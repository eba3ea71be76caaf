"""RAGAN on the avatars that come with the package, colored by a sentence.

    tfragan train --config=ragan_colorize_avatars --workdir=runs/colorize
    tfragan colorize --workdir=runs/colorize face.png \
        "a smiling person with pink hair in a green shirt"

Hardware: one CPU core, an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    defaults_small.ragan_on_avatars(config)
    config.steps = 2000
    config.network.supervised = True
    return defaults.finish(config, arg)
