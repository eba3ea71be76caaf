"""What is asked of everyone who opens a folder of images."""

from tfragan.data.bad_items import check_policy

SPLITS = ("train", "test")


def check_split(split):
    """Raises `ValueError` unless the split is one of `SPLITS`."""
    if split not in SPLITS:
        raise ValueError(
            f"split has to be one of {', '.join(SPLITS)}. "
            f"Received: split={split!r}"
        )


def check_opening(split, on_bad_item, images):
    """Raises `ValueError` unless these say how to open a split.

    Args:
        split: `"train"` or `"test"`.
        on_bad_item: `"skip"` or `"refuse"`.
        images: `"header"` or `"decode"`.
    """
    check_policy(on_bad_item)
    check_split(split)
    if images not in ("header", "decode"):
        raise ValueError(
            'images has to be "header" or "decode". '
            f"Received: images={images!r}"
        )
