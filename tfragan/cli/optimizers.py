"""The optimizers of a config."""

import keras


def compile_model(model, config, steps_per_epoch):
    """Gives a model the optimizers of its config.

    Args:
        model: a `DAMSM` or `AttnGAN`.
        config: its config.
        steps_per_epoch: for rates that fall by epoch.
    """
    settings = config.optimizer
    if config.model == "damsm":
        rate = _falling_rate(settings, steps_per_epoch)
        model.compile(
            optimizer=_adam(rate, config.precision),
            clip_norm=settings.clip_norm or None,
            jit_compile=config.jit_compile,
        )
        return
    model.compile(
        generator_optimizer=_adam(
            settings.generator_learning_rate, config.precision
        ),
        discriminator_optimizer=_adam(
            settings.discriminator_learning_rate, config.precision
        ),
        jit_compile=config.jit_compile,
    )


def _adam(rate, precision):
    optimizer = keras.optimizers.Adam(
        rate, beta_1=0.5, beta_2=0.999, epsilon=1e-8
    )
    if precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def _falling_rate(settings, steps_per_epoch):
    """The published schedule: a factor each epoch until under the floor."""
    rate, rates = settings.learning_rate, [settings.learning_rate]
    if not 0 < settings.decay_per_epoch < 1:
        return rate
    while rate > settings.floor:
        rate *= settings.decay_per_epoch
        rates.append(rate)
    if len(rates) == 1:
        return rate
    boundaries = [steps_per_epoch * epoch for epoch in range(1, len(rates))]
    return keras.optimizers.schedules.PiecewiseConstantDecay(
        [boundary - 1 for boundary in boundaries], rates
    )
