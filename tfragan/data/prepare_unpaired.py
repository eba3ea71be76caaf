"""Turning unpaired images into shards that training reads fast."""

from tfragan.data.records import UNPAIRED
from tfragan.data.shard_folder import Section
from tfragan.data.shard_folder import check_writing
from tfragan.data.shard_folder import source_fingerprint
from tfragan.data.shard_folder import write_shard_folder
from tfragan.data.unpaired_images import UnpairedImages


def prepare_unpaired(
    datasets,
    folder,
    image_size=256,
    enlarge=30,
    image_format="auto",
    jpeg_quality=95,
    shard_size=1024,
    on_bad_item="skip",
    threads=None,
    progress=None,
):
    """Writes unpaired images as TFRecord shards with a manifest.

    An image keeps its bytes unless a side of it is more than twice what is
    needed. Then it is stored as the square that it would be resized to: for
    training one of `image_size + enlarge` pixels, for testing one of
    `image_size`. So training batches and test images of `image_size` are
    those of the original folder, to the last bit with
    `image_format="png"`, and else but for what JPEG of this quality loses of
    the images that were shrunk. Smaller sizes resize those twice.

    The folder then holds

        trainA-00000-of-00003.tfrecord, ...  images
        trainA-items.jsonl, ...              index: all but the images
        manifest.json                        sizes and hashes of all files

    and is opened by `tfragan.data.unpaired_images`. It is written as by
    `tfragan.data.prepare`: interrupted it leaves no broken file, and run
    again it continues.

    Args:
        datasets: An `UnpairedImages`, or several of different splits.
        folder: Where to write: a new or empty folder, or that of an earlier
            run with the same arguments.
        image_size: Largest image size to train at, in pixels.
        enlarge: How many pixels larger the square is that training crops
            from, at most.
        image_format: `"jpeg"`, `"png"`, or `"auto"`, which stores what was
            JPEG as JPEG and all else as PNG.
        jpeg_quality: Quality of JPEG files, 1 to 100.
        shard_size: Images in a shard.
        on_bad_item: `"skip"` leaves out images that cannot be decoded, and
            logs which; `"refuse"` raises.
        threads: Number of threads, `None` for one a core.
        progress: Function of the number of images done and of all images,
            called after each, such as `progress_bar()`.

    Returns:
        The manifest as a dict.

    Raises:
        ValueError: An argument is out of range, the folder holds something
            else or was prepared with other arguments, another process is
            preparing it, a domain without a usable image, or a bad item
            under `"refuse"`.
    """
    if isinstance(datasets, UnpairedImages):
        datasets = [datasets]
    if enlarge < 0:
        raise ValueError(
            f"enlarge has to be 0 or more pixels. Received: enlarge={enlarge}"
        )
    splits = [dataset.split for dataset in datasets]
    check_writing(splits, shard_size, on_bad_item)
    sides = {
        split: image_size + enlarge * (split == "train") for split in splits
    }
    sections = [
        section
        for dataset in datasets
        for section in _sections(
            dataset, sides[dataset.split], image_format, jpeg_quality
        )
    ]
    plan = {
        "kind": UNPAIRED,
        "image_size": image_size,
        "enlarge": enlarge,
        "image_format": image_format,
        "jpeg_quality": jpeg_quality,
        "shard_size": shard_size,
        "datasets": {
            dataset.split: _fingerprint(dataset) for dataset in datasets
        },
    }
    about = {
        "name": datasets[0].name,
        "image_size": image_size,
        "enlarge": enlarge,
    }
    return write_shard_folder(
        folder,
        UNPAIRED,
        plan,
        lambda: sections,
        lambda path: about,
        on_bad_item,
        threads,
        progress,
    )


def _sections(dataset, side, image_format, jpeg_quality):
    # It brings TensorFlow with it, which opening data sets does without.
    from tfragan.data.stored_images import StoredSquares

    images = StoredSquares(side, image_format, jpeg_quality)
    for letter, domain in zip(
        "AB", (dataset.domain_a, dataset.domain_b), strict=True
    ):
        domain.require_size(side)
        name = f"{dataset.split}{letter}"
        yield Section(
            name,
            domain.items,
            images,
            f"Data set {dataset.name!r}, {name},",
            domain.bad_items,
            lambda rows: {"stored_size": side},
        )


def _fingerprint(dataset):
    items = dataset.domain_a.items + dataset.domain_b.items
    return source_fingerprint(items, dataset.name, dataset.fingerprint)
