"""What experiments with RAGAN start from."""

from ml_collections import ConfigDict
from tfragan.configs import defaults_shared


def ragan():
    """The settings of RAGAN's unsupervised script, as published."""
    config = defaults_shared.shared("ragan")
    config.batch_size = 8
    config.epochs = 200

    # Guidance by text: a run folder or preset of DAMSM; untrained:<config> for
    # a trial without.
    config.damsm = ""

    config.network = _network()

    # captions, labels, pairs or unpaired; auto is what the guidance needs.
    config.data.kind = "auto"
    # Of pairs: ba makes inputs of the targets.
    config.data.direction = "ab"
    # Of captions, as in defaults_captions.
    config.data.max_words = 0
    config.data.captions = "random"
    # random, center or full; see tfragan.data.caption_batches.
    config.data.crop = "random"
    # Mirrors images, where the data set says that they still fit.
    config.data.flip = True
    # Unpaired images are resized to this many pixels more, then cropped.
    config.data.enlarge = 30

    config.optimizer = ConfigDict()
    config.optimizer.learning_rate = 2e-4
    # ragan falls to 0 in the second half of the epochs; or constant.
    config.optimizer.schedule = "ragan"

    # Held-out images in a sheet, and captions, labels or images beside them.
    config.reports.samples = 4
    config.reports.guidances = 8
    # Steps between two measurements; 0 for the start and the end only.
    config.reports.measure_every = 5000
    # Captions to choose from in R-precision, and test images to measure on.
    config.reports.candidates = 100
    config.reports.test_images = 1000
    return config


def colorization():
    """The settings of RAGAN's supervised script, as published."""
    config = ragan()
    config.batch_size = 2
    config.epochs = 300
    config.network.supervised = True
    config.network.guidance = "image_text"
    config.network.generator_width = 64
    return config


def for_two_cores(config):
    """Sets an experiment to 64 pixels and narrow networks, for a CPU.

    Args:
        config: a config of this module, changed in place.
    """
    config.network.image_size = 64
    config.network.embedding_dim = 128
    config.network.generator_width = 24
    config.network.discriminator_width = 32
    config.network.encoder_width = 24
    config.network.encoder_blocks = 4
    config.network.residual_blocks = 2
    # By instance, discriminators told no sentence from another in the few
    # steps of a CPU; see docs/ragan.md.
    config.network.normalization = "batch"
    config.network.scale_start = "ones"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 8
    # Faster than published, for minutes instead of days.
    config.optimizer.learning_rate = 5e-4
    config.reports.every = 50
    config.reports.samples_every = 500
    config.reports.checkpoint_every = 500
    config.reports.measure_every = 500
    config.reports.test_images = 200


def on_emoji(config):
    """Sets an experiment to the emoji that come with the package.

    Args:
        config: a config of this module, changed in place.
    """
    for_two_cores(config)
    config.data.source = "emoji"
    config.data.crop = "full"
    # Some emoji are letters.
    config.data.flip = False
    config.epochs = 0
    config.steps = 1000
    config.reports.samples_every = 250
    config.reports.measure_every = 250


def tiny(config):
    """Shrinks an experiment to a few seconds on pictures of the package.

    Args:
        config: a config of this module, changed in place.
    """
    defaults_shared.shrink(config)
    config.batch_size = 2
    config.data.enlarge = 4
    if "text" in config.network.guidance:
        config.damsm = "untrained:damsm_shapes:tiny"
        config.data.source = "shapes"
    else:
        config.data.source = "emoji"
    config.network.image_size = 32
    config.network.embedding_dim = 8
    config.network.code_dim = 3
    config.network.generator_width = 4
    config.network.discriminator_width = 4
    config.network.encoder_width = 4
    config.network.encoder_blocks = 3
    config.network.residual_blocks = 1
    config.reports.samples = 2
    config.reports.guidances = 3
    config.reports.candidates = 4
    config.reports.test_images = 8


def _network():
    """Keyword arguments of tfragan.models.RAGAN."""
    network = ConfigDict()
    # Whether there is a target for every input: a pair, or the image in color.
    network.supervised = False
    # text, label or image; supervised, image_text and image_label, too.
    network.guidance = "text"
    network.image_size = 256
    # Of labels and images; text has the width of its DAMSM.
    network.embedding_dim = 256
    network.code_dim = 8
    network.generator_width = 32
    network.discriminator_width = 64
    network.encoder_width = 64
    network.encoder_blocks = 6
    network.residual_blocks = 4
    # instance or batch.
    network.normalization = "instance"
    # uniform or ones.
    network.scale_start = "uniform"
    # published repeats the word mask as the published code does.
    network.mask_order = "correct"
    # gan or lsgan.
    network.conditional_loss = "gan"
    network.reconstruction_weight = 10.0
    network.scale_weights = (0.33, 0.67, 1.0)
    network.identity_weight = 10.0
    network.code_weight = 0.5
    network.kl_weight = 0.01
    return network
