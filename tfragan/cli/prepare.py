"""Writes a data set as TFRecord shards that training reads fast.

The output folder gets shards of images that are already cropped to their
boxes and shrunk, an index, vocabulary.txt and manifest.json with the hash of
every file; `tfragan train --data=FOLDER` reads it. Interrupted, it leaves no
broken file, and the same command goes on. Bad items are reported by name.

A folder with trainA and trainB (testA, testB) is prepared for translation.
Its images keep their bytes unless they are more than twice as large as
needed; those are stored at the size that training resizes to.

Captions that need more than words and ASCII: --kind=unicode_words for any
language with spaces, --kind=wordpiece for all others.

Examples:
  tfragan prepare --data=data/cub --output=data/cub64 --image_size=64
  tfragan prepare --data=photos --output=data/photos --kind=wordpiece
  tfragan prepare --data=data/cub --output=data/cub256 --image_size=256 \\
      --vocabulary=data/cub/captions.pickle
  tfragan prepare --data=data/cat2dog --output=data/cat2dog256 \\
      --image_size=256
"""

import functools

from tfragan import data
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow

USAGE = "--data=NAME --output=FOLDER [flags]"
FLAGS = {
    "data": None,
    "output": "folder of the shards",
    "layout": None,
    "splits": Flag(
        "strings",
        "a split to write; may be repeated",
        "NAME",
        ("train", "test"),
    ),
    "image_size": Flag(
        "integer", "largest image size to train at, in pixels", "N", 64
    ),
    "image_format": Flag(
        "choice",
        "how images are stored; auto keeps JPEG as JPEG",
        default="auto",
        choices=("auto", "jpeg", "png"),
    ),
    "shard_size": Flag("integer", "images in a shard", "N", 1024),
    "kind": Flag(
        "choice",
        "how captions are cut into tokens",
        default="words",
        choices=("words", "unicode_words", "wordpiece"),
    ),
    "vocabulary": Flag(
        "path",
        "vocabulary.txt or captions.pickle to use instead of one made of the "
        "captions",
        "FILE",
    ),
    "vocabulary_size": Flag(
        "integer", "most tokens of the vocabulary; 0 for no limit", "N", 0
    ),
    "min_count": Flag(
        "integer", "least occurrences of a word in the vocabulary", "N", 1
    ),
    "on_bad_item": None,
    "dry_run": "say what would be written, then stop",
    "progress": None,
}


# What only captions need.
_CAPTION_FLAGS = ("kind", "vocabulary", "vocabulary_size", "min_count")


def run(arguments):
    """Writes the shards, or says what they would hold."""
    arguments.require("data", "output")
    start_tensorflow()
    unpaired = _is_unpaired(arguments)
    write = _unpaired(arguments) if unpaired else _captioned(arguments)
    if arguments.dry_run:
        print(f"to be written into {arguments.output}")
        return
    manifest = write(
        folder=arguments.output,
        image_size=arguments.image_size,
        image_format=arguments.image_format,
        shard_size=arguments.shard_size,
        on_bad_item=arguments.on_bad_item,
        progress=data.progress_bar() if arguments.progress else None,
    )
    for split, written in manifest["splits"].items():
        size = sum(shard["bytes"] for shard in written["shards"])
        print(
            f"{split}: {written['images']:,} images in "
            f"{len(written['shards'])} shards, {size / 2**20:,.1f} MiB"
        )
    print(f"train with: tfragan train --data={arguments.output} ...")


def _is_unpaired(arguments):
    if arguments.layout != "auto":
        return arguments.layout == "unpaired"
    # By themselves these are captioned.
    captioned = arguments.data in ("avatars", "emoji")
    return not captioned and data.unpaired_splits(arguments.data)


def _captioned(arguments):
    """Prints what there is, and returns what writes it."""
    datasets = [
        data.open_dataset(
            arguments.data,
            split,
            layout=arguments.layout,
            on_bad_item=arguments.on_bad_item,
        )
        for split in arguments.splits
    ]
    vocabulary = _vocabulary(arguments, datasets)
    _print_contents(datasets)
    print(f"vocabulary: {len(vocabulary):,} tokens of kind {vocabulary.kind}")
    return functools.partial(data.prepare, datasets, vocabulary=vocabulary)


def _unpaired(arguments):
    """Prints what there is, and returns what writes it."""
    arguments.refuse(_CAPTION_FLAGS, "unpaired images, which have no captions")
    splits = arguments.splits
    if "splits" not in arguments.given:
        splits = data.unpaired_splits(arguments.data) or splits
    datasets = [
        data.unpaired_images(
            arguments.data, split, on_bad_item=arguments.on_bad_item
        )
        for split in splits
    ]
    _print_contents(datasets)
    return functools.partial(data.prepare_unpaired, datasets)


def _print_contents(datasets):
    for one in datasets:
        print(f"{one.split}: {one.contents()} of {one.name}")
    notes = [note for one in datasets for note in one.bad_items.notes]
    for note in dict.fromkeys(notes):
        print(note)


def _vocabulary(arguments, datasets):
    from tfragan.text import Vocabulary
    from tfragan.text import read_vocabulary

    if not arguments.vocabulary:
        return Vocabulary.from_captions(
            (text for dataset in datasets for text in dataset.captions()),
            kind=arguments.kind,
            max_size=arguments.vocabulary_size or None,
            min_count=arguments.min_count,
        )
    vocabulary = read_vocabulary(arguments.vocabulary)
    if "kind" in arguments.given and vocabulary.kind != arguments.kind:
        raise UsageError(
            f"--kind={arguments.kind}: {arguments.vocabulary} is of kind "
            f"{vocabulary.kind}."
        )
    return vocabulary
