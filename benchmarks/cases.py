"""What is measured, and at what sizes."""

import dataclasses

_BIRDS = {"generator_width": 32, "discriminator_width": 64}
# As configs/attngan_cub64.py and configs/attngan_emoji.py.
_CUB64 = {
    "damsm_weight": 5.0,
    "embedding_dim": 128,
    "base_size": 16,
    "generator_width": 24,
    "discriminator_width": 32,
    "residual_blocks": 1,
}
_EMOJI = {
    **_CUB64,
    "embedding_dim": 64,
    "generator_width": 16,
    "discriminator_width": 16,
    "noise_dim": 32,
    "condition_dim": 32,
}


@dataclasses.dataclass(frozen=True)
class Case:
    """A measurement that has processes of its own.

    Attributes:
        name: how it is chosen.
        table: the table it is a row of.
        text: what it measures, for people.
        steps: functions `module.function`, one process each, one after
            another; they share a folder and add to one row.
        options: keyword arguments of the functions.
        published: the fraction that the published code reached on two cores,
            or None.
        consumers: cases of training that a pipeline feeds.
        default: whether it is measured when nothing is chosen.
    """

    name: str
    table: str
    text: str
    steps: tuple
    options: dict
    published: float | None = None
    consumers: tuple = ()
    default: bool = True


def _training(name, text, batch_size, published=None, **options):
    steps = ("training.train_attngan",)
    options["batch_size"] = batch_size
    return Case(name, "training", text, steps, options, published)


def _generator(batch_size, published):
    return Case(
        f"generator256_batch{batch_size}",
        "generator",
        "AttnGAN's generator, three stages",
        ("training.generate",),
        {"stages": 3, "batch_size": batch_size, "width": 32},
        published,
    )


def _pipeline(name, text, function, image_sizes, batch_size, consumers):
    return Case(
        name,
        "pipeline",
        text,
        (f"pipeline.{function}",),
        {"image_sizes": image_sizes, "batch_size": batch_size},
        consumers=consumers,
    )


def _serving(name, text, **options):
    steps = ("serving.write", "serving.serve")
    return Case(name, "serving", text, steps, {**_BIRDS, **options})


CASES = (
    _training(
        "attngan64",
        "AttnGAN, one stage, without DAMSM",
        8,
        0.48,
        stages=1,
        **_BIRDS,
    ),
    _training(
        "attngan256",
        "AttnGAN, three stages, without DAMSM",
        4,
        0.22,
        stages=3,
        **_BIRDS,
    ),
    _training(
        "attngan_cub64",
        "AttnGAN, three stages, with DAMSM (attngan_cub64)",
        20,
        **_CUB64,
    ),
    _training(
        "attngan_emoji",
        "AttnGAN, three stages, with DAMSM (attngan_emoji)",
        16,
        **_EMOJI,
    ),
    Case(
        "damsm64",
        "training",
        "DAMSM, small image encoder (damsm_cub64)",
        ("training.train_damsm",),
        {"batch_size": 48, "embedding_dim": 128},
    ),
    _generator(1, 0.18),
    _generator(8, 0.40),
    _pipeline(
        "pipeline_emoji16_32_64",
        "emoji at 16, 32 and 64",
        "emoji",
        (16, 32, 64),
        16,
        ("attngan_emoji", "attngan_cub64"),
    ),
    _pipeline(
        "pipeline_emoji64",
        "emoji at 64",
        "emoji",
        (64,),
        48,
        ("damsm64", "attngan64"),
    ),
    _pipeline(
        "pipeline_photos256",
        "photographs, 500 x 375, at 64, 128 and 256",
        "photos",
        (64, 128, 256),
        4,
        ("attngan256",),
    ),
    _serving("served64", "one stage to 64", stages=1),
    _serving("served256", "three stages to 256", stages=3),
)


def choose(names):
    """The cases of the given names, or the default ones.

    Args:
        names: list of names, may be empty.

    Returns:
        List of `Case`.

    Raises:
        ValueError: for a name that is not there.
    """
    known = {case.name: case for case in CASES}
    for name in names:
        if name not in known:
            raise ValueError(
                f"only: expected some of {', '.join(known)}. Received: {name}"
            )
    if names:
        return [known[name] for name in names]
    return [case for case in CASES if case.default]
