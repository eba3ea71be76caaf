"""SSA-GAN on COCO 2014 with encoders that go on learning, as published.

    tfragan train --config=damsm_coco --workdir=runs/damsm_coco \
        --data=data/coco
    tfragan train --config=ssagan_finetune_coco --workdir=runs/ssagan_coco \
        --data=data/coco --config.damsm=runs/damsm_coco

Hardware: one GPU with 24 GB.
"""

from tfragan.configs import defaults
from tfragan.configs import ssagan_coco


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = ssagan_coco.get_config()
    config.network.finetune_encoders = True
    config.network.damsm_weight = 0.1
    return defaults.finish(config, arg)
