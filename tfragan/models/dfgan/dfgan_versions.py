"""What the two published DF-GAN programs do differently."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class DFGANVersion:
    """The choices that make one published program.

    Attributes:
        noise_in_condition: whether the blocks see the noise beside the
            sentence.
        block_at_first_size: whether there is a block on the 4x4 map, before
            the first doubling.
        hidden_as_condition: whether the projections of the condition are as
            wide as the sentence inside, instead of as the map they change.
        scaled_residual: whether the generator's residuals are weighted by
            learned numbers.
        widest: see `OneWayDiscriminator`.
        wrong_pairs: see `tfragan.models.text_to_image.wrong_pairs`.
        joint_penalty: whether the gradient penalty is part of the loss of the
            discriminator's step, instead of a step of its own after it.
    """

    noise_in_condition: bool
    block_at_first_size: bool
    hidden_as_condition: bool
    scaled_residual: bool
    widest: int
    wrong_pairs: str
    joint_penalty: bool


VERSIONS = {
    "2022": DFGANVersion(
        noise_in_condition=True,
        block_at_first_size=False,
        hidden_as_condition=False,
        scaled_residual=False,
        widest=8,
        wrong_pairs="rolled",
        joint_penalty=True,
    ),
    "2020": DFGANVersion(
        noise_in_condition=False,
        block_at_first_size=True,
        hidden_as_condition=True,
        scaled_residual=True,
        widest=16,
        wrong_pairs="next",
        joint_penalty=False,
    ),
}


def get_version(name):
    """The `DFGANVersion` of a name.

    Raises:
        ValueError: there is no version of that name.
    """
    if name not in VERSIONS:
        raise ValueError(
            f"version must be one of {sorted(VERSIONS)}. "
            f"Received: version={name!r}"
        )
    return VERSIONS[name]
