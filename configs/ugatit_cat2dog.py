"""U-GAT-IT light on cat2dog at 64 pixels, for a CPU.

    tfragan train --config=ugatit_cat2dog --workdir=runs/cat2dog \
        --data=data/cat2dog

A is cats, B is dogs: 660 and 1,071 photos to train on, 80 and 88 to test.

Hardware: two CPU cores for hours.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    defaults_small.translation_on_cat2dog(config)
    config.network.light = True
    # Global discriminators of depth 6 need 96 pixels.
    config.network.discriminator_depth = 5
    return defaults.finish(config, arg)
