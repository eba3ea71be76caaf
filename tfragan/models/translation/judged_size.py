"""The sizes of images that a discriminator can judge."""


def check_judged_size(shape, smallest):
    """Refuses images of which nothing would be left to judge.

    Args:
        shape: of the images, `(batch, height, width, channels)`; None where a
            side is not known yet.
        smallest: the smallest side that leaves a logit.

    Raises:
        ValueError: for a side that is smaller.
    """
    sides = tuple(shape[1:3])
    if any(side is not None and side < smallest for side in sides):
        raise ValueError(
            "This discriminator needs images of at least "
            f"{smallest} x {smallest} pixels; one of fewer layers takes "
            f"smaller ones. Received: images of {sides[0]} x {sides[1]}"
        )
