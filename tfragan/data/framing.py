"""How a picture becomes the squares that a network is trained on."""

import dataclasses
import fractions

from tfragan.choice import check_choice

BOX_REACH = fractions.Fraction(3, 4)
MARGIN = fractions.Fraction(76, 64)
RESIZE_METHODS = ("bilinear", "lanczos3")


@dataclasses.dataclass(frozen=True)
class Framing:
    """Which part of a picture is seen, and how it is resized.

    A picture with a bounding box is cropped to a square around it, its
    shorter side is resized to the margin that crops are taken from, and the
    crop is resized to the smaller images, which is always bilinear.

    Attributes:
        box_reach: Half the side of the square around a box, in longer sides
            of the box, as a `fractions.Fraction`.
        margin: The shorter side that crops are taken from, in sides of the
            crop, as a `fractions.Fraction`.
        resize_method: `"bilinear"` or `"lanczos3"`, both antialiased.

    Raises:
        ValueError: A value is out of range.

    Reference:
        Published code of Xu et al., "AttnGAN",
        https://arxiv.org/abs/1711.10485, for "attngan" (the default), and of
        RAGAN (Yu, 2018) for "ragan".
    """

    box_reach: fractions.Fraction = BOX_REACH
    margin: fractions.Fraction = MARGIN
    resize_method: str = "bilinear"

    def __post_init__(self):
        if self.box_reach <= 0 or self.margin < 1:
            raise ValueError(
                "`box_reach` must be above 0 and `margin` at least 1. "
                f"Received: box_reach={self.box_reach}, margin={self.margin}"
            )
        check_choice("resize_method", self.resize_method, RESIZE_METHODS)

    def short_side(self, size):
        """The shorter side, in pixels, of the image that a crop is taken from.

        Args:
            size: Side of the square crop in pixels.

        Returns:
            `size * margin` rounded down, as an int.
        """
        return int(size * self.margin)


FRAMINGS = {
    "attngan": Framing(),
    "ragan": Framing(
        box_reach=fractions.Fraction(9, 10),
        margin=fractions.Fraction(286, 256),
        resize_method="lanczos3",
    ),
}


def framing_of(framing):
    """The `Framing` of a name, `"attngan"` or `"ragan"`, or one as it is."""
    if isinstance(framing, Framing):
        return framing
    if framing not in FRAMINGS:
        raise ValueError(
            f"`framing` must be one of {tuple(FRAMINGS)} or a Framing. "
            f"Received: framing={framing!r}"
        )
    return FRAMINGS[framing]
