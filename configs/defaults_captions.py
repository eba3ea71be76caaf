"""What experiments on captioned images start from."""

from ml_collections import ConfigDict
from tfragan.configs import defaults_shared


def damsm():
    """The settings of a DAMSM pre-training, as published."""
    config = _captions("damsm")
    config.batch_size = 48
    config.epochs = 600

    config.image_encoder = ConfigDict()
    # small, inception_v3 or efficientnet_lite0.
    config.image_encoder.kind = "inception_v3"
    config.image_encoder.image_size = 299
    config.image_encoder.embedding_dim = 256
    # imagenet, a file of weights, or nothing for random weights.
    config.image_encoder.weights = "imagenet"

    # Keyword arguments of tfragan.models.DAMSM.
    config.network = ConfigDict()
    config.network.word_dim = 300
    config.network.rnn_type = "lstm"
    config.network.dropout = 0.5
    config.network.gamma1 = 4.0
    config.network.gamma2 = 5.0
    config.network.gamma3 = 10.0
    config.network.mask_same_class = True

    config.tokenizer = ConfigDict()
    # words, unicode_words or wordpiece.
    config.tokenizer.kind = "words"
    config.tokenizer.max_words = 18
    # vocabulary.txt, captions.pickle, or nothing to build it from the data.
    config.tokenizer.vocabulary = ""
    config.tokenizer.max_size = 0
    config.tokenizer.min_count = 1
    # A file of word vectors, the name of a package with them, or nothing.
    config.tokenizer.word_vectors = ""

    # Multiplied after each epoch until it is below the floor.
    config.optimizer = ConfigDict()
    config.optimizer.learning_rate = 2e-3
    config.optimizer.decay_per_epoch = 0.98
    config.optimizer.floor = 2e-4
    config.optimizer.clip_norm = 0.25
    return config


def attngan():
    """The settings of an AttnGAN training, as published."""
    config = _captions("attngan")
    config.batch_size = 20
    config.epochs = 600

    # A run folder or preset of DAMSM; untrained:<config> for a trial without.
    config.damsm = ""

    # Keyword arguments of tfragan.models.AttnGAN.
    config.network = ConfigDict()
    config.network.base_size = 64
    config.network.stages = 3
    config.network.generator_width = 32
    config.network.discriminator_width = 64
    config.network.noise_dim = 100
    config.network.condition_dim = 100
    config.network.residual_blocks = 2
    config.network.dcgan = False
    config.network.damsm_weight = 5.0
    config.network.average_decay = 0.999
    # published repeats the word mask as the published code does.
    config.network.mask_order = "correct"

    config.optimizer = ConfigDict()
    config.optimizer.generator_learning_rate = 2e-4
    config.optimizer.discriminator_learning_rate = 2e-4

    config.reports.measure_every = 5000
    config.reports.test_images = 1000
    return config


def ssagan():
    """The settings of an SSA-GAN training, as published."""
    config = _one_stage("ssagan")
    config.batch_size = 24
    config.epochs = 600

    # Keyword arguments of tfragan.models.SSAGAN.
    config.network.generator_width = 64
    config.network.discriminator_width = 64
    config.network.mask_filters = 100
    # With finetune_encoders published as 0.1.
    config.network.damsm_weight = 0.05
    # words and sentence, or one of them.
    config.network.damsm_parts = ("words", "sentence")
    # Sharpness of the attention in the matching losses.
    config.network.damsm_gamma1 = 5.0
    # next, or rolled for one more wrong pair.
    config.network.wrong_pairs = "next"
    # Whether the DAMSM goes on learning, and with dropout.
    config.network.finetune_encoders = False
    config.network.finetune_dropout = True

    # Of finetune_encoders only.
    config.optimizer.encoder_learning_rate = 4e-5
    return config


def dfgan():
    """The settings of a DF-GAN training, as published in 2022."""
    config = _one_stage("dfgan")
    config.batch_size = 32
    config.epochs = 1300

    # Keyword arguments of tfragan.models.DFGAN; version may be 2020.
    config.network.version = "2022"
    config.network.generator_width = 32
    config.network.discriminator_width = 32
    return config


def one_stage_on_emoji(config):
    """Sets an SSA-GAN or DF-GAN to the emoji of the package, at 64 pixels.

    Args:
        config: a config of this module, changed in place.
    """
    config.damsm = "runs/damsm_emoji"
    config.data.source = "emoji"
    config.data.crop = "full"
    config.batch_size = 16
    config.epochs = 0
    config.steps = 1500
    config.network.image_size = 64
    config.network.generator_width = 16
    config.network.discriminator_width = 16
    config.network.noise_dim = 32
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 4e-4
    config.reports.every = 50
    config.reports.samples_every = 250
    config.reports.checkpoint_every = 500
    config.reports.measure_every = 500


def _one_stage(model):
    config = _captions(model)
    # A run folder or preset of DAMSM; untrained:<config> for a trial without.
    config.damsm = ""

    config.network = ConfigDict()
    config.network.image_size = 256
    config.network.noise_dim = 100
    config.network.penalty_weight = 2.0
    config.network.penalty_power = 6
    # Steps between two penalties; more than 1 makes each as much heavier.
    config.network.penalty_every = 1

    config.optimizer = ConfigDict()
    config.optimizer.generator_learning_rate = 1e-4
    config.optimizer.discriminator_learning_rate = 4e-4

    config.reports.measure_every = 5000
    config.reports.test_images = 1000
    return config


def _captions(model):
    config = defaults_shared.shared(model)
    # The source is a folder, or emoji, emoji:twemoji, shapes.

    # Side of DAMSM's images, 0 for what its image encoder takes in.
    config.data.image_size = 0
    # Words of a caption that are kept; 0 for as many as the tokenizer's.
    config.data.max_words = 0
    # random or every: what an epoch visits once, each image with a caption at
    # random, or each caption with its image.
    config.data.captions = "random"
    # random, center or full; see tfragan.data.caption_batches.
    config.data.crop = "random"
    # Mirrors images, where the data set says that captions still fit.
    config.data.flip = True

    # Steps between two measurements of R-precision; 0 for each epoch.
    config.reports.measure_every = 0
    # Captions in the picture of samples.
    config.reports.samples = 8
    # Captions to choose from in R-precision, and test images it is taken on.
    config.reports.candidates = 100
    config.reports.test_images = 2000
    # What a kernel distance of pictures is measured on beside it: the name of
    # features, auto for EfficientNet-Lite0 where its package is installed, or
    # nothing.
    config.reports.features = ""
    return config


def tiny(config):
    """Shrinks an experiment to a few seconds on generated pictures.

    Args:
        config: a config of this module, changed in place.
    """
    defaults_shared.shrink(config)
    config.batch_size = 4
    config.data.source = "shapes"
    config.reports.samples = 4
    config.reports.candidates = 10
    config.reports.test_images = 16
    _TINY_NETWORKS[config.model](config)


def _tiny_damsm(config):
    config.image_encoder.kind = "small"
    config.image_encoder.image_size = 32
    config.image_encoder.embedding_dim = 16
    config.image_encoder.weights = ""
    config.network.word_dim = 12
    config.tokenizer.vocabulary = ""
    config.tokenizer.word_vectors = ""


def _tiny_attngan(config):
    config.damsm = "untrained:damsm_shapes:tiny"
    config.network.base_size = 16
    config.network.stages = min(config.network.stages, 2)
    config.network.generator_width = 4
    config.network.discriminator_width = 4
    config.network.noise_dim = 8
    config.network.condition_dim = 8
    config.network.residual_blocks = min(config.network.residual_blocks, 1)


def _tiny_one_stage(config):
    config.damsm = "untrained:damsm_shapes:tiny"
    config.network.image_size = 32
    config.network.generator_width = 4
    config.network.discriminator_width = 4
    config.network.noise_dim = 8


def _tiny_ssagan(config):
    _tiny_one_stage(config)
    config.network.mask_filters = 4


_TINY_NETWORKS = {
    "attngan": _tiny_attngan,
    "damsm": _tiny_damsm,
    "dfgan": _tiny_one_stage,
    "ssagan": _tiny_ssagan,
}
