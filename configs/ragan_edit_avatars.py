"""RAGAN on the avatars that come with the package, edited by a sentence.

    tfragan train --config=ragan_edit_avatars --workdir=runs/edit_avatars
    tfragan edit --workdir=runs/edit_avatars face.png \
        "a smiling person with pink hair in a green shirt"

Hardware: one CPU core, an hour; half of it in mixed_bfloat16 with AMX.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ragan")
    defaults_small.ragan_on_avatars(config)
    # Every second step changes one thing; the DAMSM says whether it is there.
    config.data.near_misses = 1
    config.network.damsm_weight = 3.0
    # What was not asked for stays.
    config.network.change_mask = True
    config.network.change_weight = 10.0
    return defaults.finish(config, arg)
