"""Whether a training can show a model images with captions of others."""

from tfragan.cli.errors import UsageError


def check_mismatches(data, batch_size, masks_classes=False):
    """Refuses data of which no image has a wrong caption.

    The losses of every model of captions compare right pairs with wrong ones.
    Without wrong pairs they are constant, and nothing is learned. Batches of
    one image have none, nor has data of one caption or, with `masks_classes`,
    of one class.
    """
    check_batch_size(batch_size)
    where = f"{data.name}, {data.split}:"
    captions = set(data.captions())
    if len(captions) < 2:
        raise UsageError(
            f"{where} all {len(data):,} images have the same caption, "
            f"{min(captions)!r:.60}, so that none can be told from another. "
            "Expected different captions."
        )
    if masks_classes and data.num_classes < 2:
        raise UsageError(
            f"{where} all {len(data):,} images are of one class, and captions "
            "of the same class count as right for each other, so that nothing "
            "would be learned. Expected several classes, or none; or set "
            "config.network.mask_same_class=False for a DAMSM."
        )


def check_batch_size(batch_size):
    """Raises `UsageError` for batches of a single image."""
    if batch_size < 2:
        raise UsageError(
            "config.batch_size has to be 2 or more: an image needs the caption "
            "or label of another one of its batch to be told from. Received: "
            f"batch_size={batch_size}"
        )


def describe_mask(data, masks_classes):
    """A line about the share of pairs that the matching loss leaves out.

    An empty list where none is.
    """
    share = data.masked_share
    if not masks_classes or not share:
        return []
    return [
        f"{100 * share:.2g}% of pairs of images share a class and are left "
        "out of the matching loss"
    ]
