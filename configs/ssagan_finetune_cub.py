"""SSA-GAN on CUB-200-2011 with encoders that go on learning, as published.

    tfragan train --config=damsm_cub --workdir=runs/damsm_cub --data=data/cub
    tfragan train --config=ssagan_finetune_cub --workdir=runs/ssagan_cub \
        --data=data/cub --config.damsm=runs/damsm_cub

Generator and discriminator start from nothing here too; it is the DAMSM that
is fine-tuned, on the real images.

Hardware: one GPU with 24 GB.
"""

from tfragan.configs import defaults
from tfragan.configs import ssagan_cub


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = ssagan_cub.get_config()
    config.network.finetune_encoders = True
    config.network.damsm_weight = 0.1
    return defaults.finish(config, arg)
