"""What the experiments start from: the published settings, with every key.

`damsm()`, `attngan()`, `ssagan()`, `dfgan()`, `ugatit()`, `cyclegan()`,
`ragan()` and `colorization()` give the defaults of the published code; a file
changes what differs, and ends with `finish`.
"""

from tfragan.configs import defaults_captions
from tfragan.configs import defaults_ragan
from tfragan.configs import defaults_translation
from tfragan.configs.defaults_captions import attngan
from tfragan.configs.defaults_captions import damsm
from tfragan.configs.defaults_captions import dfgan
from tfragan.configs.defaults_captions import ssagan
from tfragan.configs.defaults_ragan import colorization
from tfragan.configs.defaults_ragan import ragan
from tfragan.configs.defaults_translation import cyclegan
from tfragan.configs.defaults_translation import ugatit

__all__ = [
    "attngan",
    "colorization",
    "cyclegan",
    "damsm",
    "dfgan",
    "finish",
    "ragan",
    "ssagan",
    "ugatit",
]

_TINY = {
    "attngan": defaults_captions.tiny,
    "cyclegan": defaults_translation.tiny,
    "damsm": defaults_captions.tiny,
    "dfgan": defaults_captions.tiny,
    "ragan": defaults_ragan.tiny,
    "ssagan": defaults_captions.tiny,
    "ugatit": defaults_translation.tiny,
}


def finish(config, arg):
    """Applies the argument of a config's name.

    Args:
        config: the config of a file.
        arg: what follows the colon: nothing, or `tiny` for an experiment of
            a few seconds.

    Returns:
        The config.

    Raises:
        ValueError: for any other argument.
    """
    if arg not in ("", "tiny"):
        raise ValueError(f"the argument must be 'tiny'. Received: {arg}")
    if arg == "tiny":
        _TINY[config.model](config)
    return config
