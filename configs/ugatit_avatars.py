"""U-GAT-IT light on the avatars that come with the package, at 64 pixels.

    tfragan train --config=ugatit_avatars --workdir=runs/ugatit_avatars
    tfragan translate --workdir=runs/ugatit_avatars --data=avatars

A is Personas, B is Toon Head: faces in another style, without pairs.

Hardware: one CPU core, an hour.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    defaults_small.translation_of_avatars(config)
    config.network.light = True
    config.network.discriminator_depth = 5
    # By 1,000, as published, the domain classifiers are nearly all that moves
    # the generators in so few steps.
    config.network.cam_weight = 10.0
    # Flat backgrounds have no contrast to be known by.
    config.network.encoder_normalization = "layer_instance"
    return defaults.finish(config, arg)
