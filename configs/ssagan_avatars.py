"""SSA-GAN on the avatars that come with the package, at 64 pixels.

    tfragan train --config=ssagan_avatars --workdir=runs/ssagan_avatars

Hardware: one CPU core, seventy minutes in mixed_bfloat16.
"""

from tfragan.configs import defaults
from tfragan.configs import defaults_small


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ssagan")
    defaults_small.captions_of_avatars(config)
    config.steps = 10_000
    config.network.image_size = 64
    config.network.mask_filters = 16
    # By kernels that shrink what they take in it sees colors alone for long.
    config.network.start = "he"
    # Some skins and mouths are close to each other as sentences.
    config.network.penalty_of_sentences = False
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 4e-4
    config.optimizer.schedule = "linear"
    # By 0.05, as published, sentences are followed late.
    config.network.damsm_weight = 1.0
    return defaults.finish(config, arg)
