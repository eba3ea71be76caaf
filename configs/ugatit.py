"""U-GAT-IT as published: full, 256 pixels, a million steps of one image.

    tfragan train --config=ugatit --workdir=runs/selfie2anime \
        --data=data/selfie2anime

The paper's numbers came from the TensorFlow code, which is another network:
--config.network.variant=tensorflow1
--config.optimizer.schedule=ugatit_tensorflow1

Six networks have 671 million weights: see --dry_run for the memory, and
ugatit_light for a fifth of the weights.

Hardware: one GPU with 24 GB.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("ugatit")
    config.data.source = "data/selfie2anime"
    return defaults.finish(config, arg)
