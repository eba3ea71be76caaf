"""DAMSM on your own images and captions.

    tfragan train --config=damsm_folder --workdir=runs/damsm_mine \
        --data=path/to/folder

The folder holds images with captions.jsonl, captions.csv or one .txt an
image. An EfficientNet-Lite0 with ImageNet weights looks at the images; with
--config.image_encoder.kind=small a small network is trained instead, for
pictures that are no photos.

Hardware: two CPU cores for thousands of images, a GPU for more.
"""

from tfragan.configs import defaults


def get_config(arg=""):
    """The config; `arg` may be `tiny`."""
    config = defaults.published("damsm")
    config.data.source = "data/mine"
    config.batch_size = 32
    config.epochs = 60
    config.image_encoder.kind = "efficientnet_lite0"
    config.image_encoder.image_size = 128
    # What attngan_folder makes.
    config.data.image_size = 64
    config.optimizer.decay_per_epoch = 0.96
    return defaults.finish(config, arg)
