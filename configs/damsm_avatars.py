"""DAMSM on the avatars that come with the package.

    tfragan train --config=damsm_avatars --workdir=runs/damsm_avatars

Hardware: one CPU core, three quarters of an hour in mixed_bfloat16.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "avatars"
    config.data.crop = "full"
    # Sentences that are wrong by one word teach it to see small things.
    config.data.near_misses = 4
    config.epochs = 0
    config.steps = 4500
    config.image_encoder.kind = "small"
    config.image_encoder.image_size = 64
    config.image_encoder.embedding_dim = 256
    config.image_encoder.weights = ""
    config.network.word_dim = 100
    # All of a caption is to last until its end, and words are few.
    config.network.forget_bias = 2.0
    config.network.dropout = 0.2
    # What a generator learns from it has to be seen, too.
    config.network.disturb = True
    config.tokenizer.max_words = 28
    config.optimizer.decay_per_epoch = 0.965
    config.reports.every = 50
    config.reports.samples_every = 500
    config.reports.checkpoint_every = 500
    return defaults.finish(config, arg)
