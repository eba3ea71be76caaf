"""How far the colors of images are from those of the ground truth."""

import dataclasses

import numpy as np

# Rows give Y, Cb and Cr of red, green and blue, ITU-R BT.601 as in JPEG.
_TO_YCBCR = np.array(
    [
        [0.299, 0.587, 0.114],
        [-0.168736, -0.331264, 0.5],
        [0.5, -0.418688, -0.081312],
    ]
)
_FROM_YCBCR = np.linalg.inv(_TO_YCBCR)


@dataclasses.dataclass(frozen=True)
class ColorError:
    """Mean absolute differences of images to the ground truth.

    Attributes:
        rgb: of red, green and blue, 0 to 255.
        chroma: of the blue and red differences Cb and Cr, on the same scale:
            what is left of it where lightness does not count.
    """

    rgb: float
    chroma: float


def color_error(images, truths):
    """Compares images with the ground truth, pixel by pixel.

    Args:
        images: (n, height, width, 3) uint8.
        truths: the same of the ground truth.

    Returns:
        A `ColorError`.

    Raises:
        ValueError: the shapes differ, or there is no image.

    >>> color_error(np.full((1, 2, 2, 3), 9), np.full((1, 2, 2, 3), 4)).rgb
    5.0
    """
    images = np.asarray(images, np.float32)
    truths = np.asarray(truths, np.float32)
    if images.shape != truths.shape or not images.size:
        raise ValueError(
            "Expected at least one image, and the ground truth of its shape. "
            f"Received: {images.shape} and {truths.shape}"
        )
    difference = images - truths
    chroma = difference @ _TO_YCBCR[1:].T
    return ColorError(
        float(np.abs(difference).mean()), float(np.abs(chroma).mean())
    )


def mean_chroma(images):
    """The mean Cb and Cr of images, 0 for gray.

    Args:
        images: (n, height, width, 3) uint8.

    Returns:
        float64 array of two numbers.
    """
    return _TO_YCBCR[1:] @ np.asarray(images).mean((0, 1, 2))


def colored_alike(images, chroma=(0.0, 0.0)):
    """Images with their own lightness and one chroma everywhere.

    Args:
        images: (n, height, width, 3) uint8.
        chroma: Cb and Cr, see `mean_chroma`; by default gray.

    Returns:
        uint8 array of the images' shape, rounded.
    """
    luma = np.asarray(images, np.float32) @ _TO_YCBCR[0]
    ycbcr = np.stack(
        [luma, *(np.full_like(luma, value) for value in chroma)], -1
    )
    levels = np.rint(ycbcr @ _FROM_YCBCR.T)
    return np.clip(levels, 0, 255).astype(np.uint8)
