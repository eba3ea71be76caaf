"""DAMSM on the emoji that come with the package.

    tfragan train --config=damsm_emoji --workdir=runs/damsm_emoji

Hardware: two CPU cores, minutes.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "emoji"
    config.data.crop = "full"
    config.epochs = 0
    config.steps = 800
    config.image_encoder.kind = "small"
    config.image_encoder.image_size = 64
    config.image_encoder.embedding_dim = 64
    config.image_encoder.weights = ""
    config.network.word_dim = 100
    config.tokenizer.max_words = 12
    config.optimizer.decay_per_epoch = 0.95
    config.reports.every = 50
    config.reports.samples_every = 300
    config.reports.checkpoint_every = 300
    return defaults.finish(config, arg)
