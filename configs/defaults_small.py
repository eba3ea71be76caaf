"""What experiments for two CPU cores share: smaller images, higher rates."""


def report_often(config, every, pictures, checkpoints=None):
    """Sets the intervals of a run of minutes or hours, in steps.

    Args:
        config: the config, changed in place, as by all functions here.
        every: steps between two lines of the log.
        pictures: steps between two pictures.
        checkpoints: steps between two checkpoints, and two measurements; by
            default as for pictures.
    """
    config.reports.every = every
    config.reports.samples_every = pictures
    config.reports.checkpoint_every = checkpoints or pictures
    config.reports.measure_every = checkpoints or pictures


def one_stage_on_emoji(config):
    """An SSA-GAN or DF-GAN on the emoji of the package, at 64 pixels."""
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
    report_often(config, 50, 250, 500)


def captions_of_avatars(config):
    """A model of sentences on the avatars of the package, at 64 pixels.

    Its DAMSM comes with the package, too.
    """
    config.damsm = "damsm_avatars"
    config.data.source = "avatars"
    config.data.crop = "full"
    # A shirt of another color is what a discriminator has to see; several
    # cost little where it looks at 4 by 4 places.
    config.data.near_misses = 4
    config.batch_size = 16
    config.epochs = 0
    config.network.generator_width = 16
    config.network.discriminator_width = 16
    config.network.noise_dim = 32
    config.reports.test_images = 500
    report_often(config, 50, 500)


def small_stages(config):
    """An AttnGAN or DM-GAN whose first stage makes 16 pixels."""
    # Faster than published, for minutes instead of days.
    config.optimizer.generator_learning_rate = 1e-3
    config.network.base_size = 16
    config.network.residual_blocks = 1
    config.network.average_decay = 0.995


def stages_on_avatars(config):
    """An AttnGAN or DM-GAN of three stages on the avatars of the package."""
    captions_of_avatars(config)
    small_stages(config)
    config.steps = 3000
    config.network.condition_dim = 32
    config.network.average_rises = True
    config.optimizer.schedule = "linear"
    # A condition with noise tells the first stage little for a long time.
    config.network.kl_weight = 0.0


def translation_on_emoji(config):
    """A translation from Google's Noto to Twemoji, at 64 pixels.

    That both draw the same things is not used. 1,000 steps take two CPU cores
    minutes.
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
    report_often(config, 20, 100, 250)


def translation_of_avatars(config):
    """A translation from Personas to Toon Head, at 64 pixels."""
    translation_on_emoji(config)
    config.data.source = "avatars"
    config.steps = 6000
    report_often(config, 50, 500)
    config.reports.measure_every = 2000


def translation_on_cat2dog(config):
    """A translation from cats to dogs at 64 pixels, half as wide."""
    config.data.source = "data/cat2dog"
    # In proportion to the 30 of 256 pixels.
    config.data.enlarge = 8
    config.epochs = 0
    config.steps = 20_000
    config.network.image_size = 64
    config.network.width = 32
    report_often(config, 50, 500, 1000)


def ragan(config):
    """A RAGAN of 64 pixels and narrow networks."""
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
    report_often(config, 50, 500)
    config.reports.test_images = 200


def ragan_on_emoji(config):
    """A RAGAN on the emoji of the package."""
    ragan(config)
    config.data.source = "emoji"
    config.data.crop = "full"
    # Some emoji are letters.
    config.data.flip = False
    config.epochs = 0
    config.steps = 1000
    report_often(config, 50, 250, 500)
    config.reports.measure_every = 250


def ragan_on_avatars(config):
    """A RAGAN on the avatars of the package, guided by sentences."""
    ragan(config)
    config.damsm = "damsm_avatars"
    config.data.source = "avatars"
    config.data.crop = "full"
    config.data.flip = False
    config.network.generator_width = 16
    config.network.discriminator_width = 16
    config.batch_size = 8
    config.epochs = 0
    config.steps = 3000
    report_often(config, 50, 500, 1000)
