"""Turning data sets into shards that training reads fast."""

import os
import sys

from tfragan.data.captioned_images import CaptionedImages
from tfragan.data.captioned_images import with_known_words
from tfragan.data.records import CAPTIONS
from tfragan.data.records import UNPAIRED
from tfragan.data.records import VOCABULARY
from tfragan.data.shard_folder import Section
from tfragan.data.shard_folder import check_writing
from tfragan.data.shard_folder import source_fingerprint
from tfragan.data.shard_folder import write_shard_folder
from tfragan.data.unpaired_images import UnpairedImages


def prepare(
    datasets,
    folder,
    vocabulary=None,
    image_size=64,
    image_format="auto",
    jpeg_quality=95,
    shard_size=1024,
    on_bad_item="skip",
    threads=None,
    progress=None,
):
    """Writes data sets as TFRecord shards with a vocabulary and a manifest.

    Images are cropped to their boxes and shrunk to the short side that
    training crops from, `int(image_size * 76 / 64)`, which is most of the
    work of reading them. The folder then holds

        train-00000-of-00003.tfrecord, ...   images, captions, classes
        train-items.jsonl                    index: all but the images
        vocabulary.txt
        manifest.json                        sizes and hashes of all files

    and is opened by `tfragan.data.records`. The manifest is written last and
    every file at once, so that an interrupted preparation leaves no broken
    file; run again, it continues after the shards that are complete. Run
    again on the finished folder it does nothing.

    Args:
        datasets: A `CaptionedImages`, or several of different splits.
        folder: Where to write: a new or empty folder, or that of an earlier
            run with the same arguments.
        vocabulary: The `tfragan.text.Vocabulary` that training is to use;
            `None` takes all words of all captions.
        image_size: Largest image size to train at, in pixels.
        image_format: `"jpeg"`, `"png"`, or `"auto"`, which stores what was
            JPEG as JPEG and all else as PNG.
        jpeg_quality: Quality of JPEG files, 1 to 100.
        shard_size: Images in a shard.
        on_bad_item: `"skip"` leaves out images that cannot be decoded and
            captions without known words, and logs which; `"refuse"` raises.
        threads: Number of threads, `None` for one a core.
        progress: Function of the number of images done and of all images,
            called after each, such as `progress_bar()`.

    Returns:
        The manifest as a dict.

    Raises:
        ValueError: An argument is out of range, the folder holds something
            else or was prepared with other arguments, another process is
            preparing it, no usable image, or a bad item under `"refuse"`.
    """
    if isinstance(datasets, CaptionedImages):
        datasets = [datasets]
    # It brings TensorFlow with it, which opening data sets does without.
    from tfragan.data.record_shards import StoredImages

    images = StoredImages(image_size, image_format, jpeg_quality)
    splits = [dataset.split for dataset in datasets]
    check_writing(splits, shard_size, on_bad_item)
    _check_stored_sizes(datasets, image_size)
    vocabulary = vocabulary or _vocabulary_of(datasets)
    return write_shard_folder(
        folder,
        CAPTIONS,
        _plan(datasets, images, vocabulary, shard_size),
        lambda: _sections(datasets, images, vocabulary, on_bad_item),
        lambda path: _describe(path, datasets, images, vocabulary),
        on_bad_item,
        threads,
        progress,
    )


def progress_bar():
    """A `progress` function that draws a bar with the time left.

    Where the output is no terminal it prints a line every tenth of the way.
    """
    if not sys.stdout.isatty():
        return _progress_lines()
    import keras

    bars = []

    def update(done, total):
        if not bars:
            bars.append(keras.utils.Progbar(total, unit_name="image"))
        bars[0].update(done, finalize=done == total)

    return update


def _progress_lines():
    printed = [0]

    def update(done, total):
        tenth = 10 * done // total
        if tenth > printed[0]:
            printed[0] = tenth
            print(f"{done:,} of {total:,} images", flush=True)

    return update


def _check_stored_sizes(datasets, image_size):
    for dataset in datasets:
        stored = dataset.record_image_size
        if stored is not None and stored < image_size:
            raise ValueError(
                f"Data set {dataset.name!r} was itself prepared for images "
                f"of {stored} pixels, too few for this. Received: "
                f"image_size={image_size}"
            )


def _vocabulary_of(datasets):
    from tfragan.text.vocabulary import Vocabulary

    return Vocabulary.from_captions(
        caption for dataset in datasets for caption in dataset.captions()
    )


def _sections(datasets, images, vocabulary, on_bad_item):
    from tfragan.text.caption_tokenizer import CaptionTokenizer

    tokenizer = CaptionTokenizer(vocabulary)
    usable = [
        with_known_words(dataset, tokenizer, on_bad_item)
        for dataset in datasets
    ]
    return [
        Section(
            dataset.split,
            dataset.items,
            images,
            f"Data set {dataset.name!r}, split {dataset.split!r},",
            dataset.bad_items,
            _count,
        )
        for dataset in usable
    ]


def _count(rows):
    return {
        "captions": sum(len(row["captions"]) for row in rows),
        "classes": len({row["class_id"] for row in rows}),
    }


def _plan(datasets, images, vocabulary, shard_size):
    """What makes a folder of shards this one and no other."""
    return {
        "image_size": images.image_size,
        "image_format": images.image_format,
        "jpeg_quality": images.jpeg_quality,
        "shard_size": shard_size,
        "vocabulary": vocabulary.sha256,
        "datasets": {
            dataset.split: source_fingerprint(
                dataset.items,
                dataset.name,
                dataset.class_names,
                dataset.fingerprint,
            )
            for dataset in datasets
        },
    }


def _describe(folder, datasets, images, vocabulary):
    vocabulary.save(os.path.join(folder, VOCABULARY))
    return {
        "name": datasets[0].name,
        "image_size": images.image_size,
        "mirrored_fits": all(dataset.mirrored_fits for dataset in datasets),
        "class_names": datasets[0].class_names,
        "vocabulary": {
            "file": VOCABULARY,
            "kind": vocabulary.kind,
            "tokens": len(vocabulary),
            "sha256": vocabulary.sha256,
        },
    }


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
        image_format: As for `prepare`, and so are the arguments after it.

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
        for section in _domain_sections(
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
            dataset.split: _domains_fingerprint(dataset) for dataset in datasets
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


def _domain_sections(dataset, side, image_format, jpeg_quality):
    # It brings TensorFlow with it, which opening data sets does without.
    from tfragan.data.record_shards import StoredSquares

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


def _domains_fingerprint(dataset):
    items = dataset.domain_a.items + dataset.domain_b.items
    return source_fingerprint(items, dataset.name, dataset.fingerprint)
