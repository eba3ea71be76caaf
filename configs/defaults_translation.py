"""What experiments on unpaired images start from."""

from ml_collections import ConfigDict
from tfragan.configs import defaults_shared


def ugatit():
    """The settings of a U-GAT-IT training, as in the published PyTorch."""
    config = _translation("ugatit")
    config.steps = 1_000_000

    # Keyword arguments of tfragan.models.UGATIT.
    config.network = ConfigDict()
    config.network.image_size = 256
    config.network.light = False
    # pytorch, or tensorflow1, which made the numbers of the paper.
    config.network.variant = "pytorch"
    config.network.width = 64
    config.network.residual_blocks = 4
    config.network.discriminator_depth = 6
    config.network.adversarial_weight = 1.0
    config.network.cycle_weight = 10.0
    config.network.identity_weight = 10.0
    config.network.cam_weight = 1000.0
    # lsgan, gan, dragan, hinge, wgan-gp or wgan-lp.
    config.network.adversarial_loss = "lsgan"
    config.network.gradient_penalty_weight = 10.0
    config.network.critic_steps = 1
    config.network.spectral_normalization = True
    # Of the variant tensorflow1 only.
    config.network.smoothing = True
    # Less memory for more time: activations are computed twice.
    config.network.recompute = False

    config.optimizer.learning_rate = 1e-4
    # L2 in the gradient; of the kernels alone in the variant tensorflow1.
    config.optimizer.weight_decay = 1e-4
    config.optimizer.schedule = "ugatit"
    return config


def cyclegan():
    """The settings of a CycleGAN training, as published."""
    config = _translation("cyclegan")
    config.epochs = 200

    # Keyword arguments of tfragan.models.CycleGAN.
    config.network = ConfigDict()
    config.network.image_size = 256
    config.network.width = 64
    # 6 for images of 128 pixels.
    config.network.residual_blocks = 9
    config.network.discriminator_width = 64
    config.network.discriminator_layers = 3
    config.network.cycle_weight = 10.0
    # As a share of the cycle's.
    config.network.identity_weight = 0.5
    config.network.pool_size = 50
    config.network.dropout = 0.0
    # lsgan, gan or hinge.
    config.network.adversarial_loss = "lsgan"

    config.optimizer.learning_rate = 2e-4
    config.optimizer.weight_decay = 0.0
    config.optimizer.schedule = "cyclegan"
    return config


def on_emoji(config):
    """Sets an experiment to the emoji that come with the package.

    A is Google's Noto, B is Twemoji, at 64 pixels; that both draw the same
    things is not used. 1,000 steps take two CPU cores minutes.

    Args:
        config: a config of this module, changed in place.
    """
    config.data.source = "emoji"
    config.data.enlarge = 8
    # Some emoji are letters.
    config.data.flip = False
    config.epochs = 0
    config.steps = 1000
    config.network.image_size = 64
    config.network.width = 16
    # Faster than published, for minutes instead of days.
    config.optimizer.learning_rate = 5e-4
    config.reports.every = 20
    config.reports.samples_every = 100
    config.reports.checkpoint_every = 250
    config.reports.measure_every = 250


def on_cat2dog(config):
    """Sets an experiment to cat2dog at 64 pixels, half as wide.

    Args:
        config: a config of this module, changed in place.
    """
    config.data.source = "data/cat2dog"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 8
    config.epochs = 0
    config.steps = 20_000
    config.network.image_size = 64
    config.network.width = 32
    config.reports.every = 50
    config.reports.samples_every = 500
    config.reports.checkpoint_every = 1000
    config.reports.measure_every = 1000


def _translation(model):
    config = defaults_shared.shared(model)
    # The source is emoji, or a folder with trainA, trainB, testA and testB.

    # Images are resized to this many pixels more, then cropped.
    config.data.enlarge = 30
    config.data.flip = True

    config.optimizer = ConfigDict()
    # Of generators and discriminators.
    config.optimizer.learning_rate = 0.0
    # L2 in the gradient; in the variant tensorflow1 of kernels only.
    config.optimizer.weight_decay = 0.0
    # How the rate falls: ugatit, ugatit_tensorflow1, cyclegan, or constant.
    config.optimizer.schedule = "constant"

    config.reports.checkpoint_every = 100_000
    # Training images in the grids, and test images beside them.
    config.reports.samples = 5
    # Steps between two distances of translated test images to real ones; 0
    # for the start and the end only.
    config.reports.measure_every = 10_000
    # What they are measured on: inception_v3, efficientnet_lite0, auto for
    # the latter where its package is installed, or nothing.
    config.reports.features = "auto"
    return config


def tiny(config):
    """Shrinks an experiment to a few seconds on the emoji.

    Args:
        config: a config of this module, changed in place.
    """
    defaults_shared.shrink(config)
    config.batch_size = 2
    config.data.source = "emoji"
    config.data.enlarge = 4
    config.reports.samples = 2
    config.reports.features = ""
    config.network.image_size = 32
    config.network.width = 4
    config.network.residual_blocks = 1
    _TINY_NETWORKS[config.model](config)


def _tiny_ugatit(config):
    config.network.discriminator_depth = 4


def _tiny_cyclegan(config):
    config.network.discriminator_width = 4
    config.network.pool_size = 4


_TINY_NETWORKS = {"ugatit": _tiny_ugatit, "cyclegan": _tiny_cyclegan}
