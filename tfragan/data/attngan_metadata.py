"""The lists and captions that the AttnGAN authors published for CUB and COCO.

Below the data folder: `train/` and `test/`, each with `filenames.pickle` (or
`filenames.txt`, one name a line) and `class_info.pickle`, and the captions as
`text/<name>.txt` or, already tokenized, in `captions.pickle`.

Reference: Xu et al., "AttnGAN", https://arxiv.org/abs/1711.10485
"""

import os

from tfragan.data.source_files import first_existing
from tfragan.data.source_files import read_lines
from tfragan.data.source_files import relative_files

SPLITS = ("train", "test")
_LISTS = ("filenames.pickle", "filenames.txt")


def has_metadata(folder):
    """Whether a folder holds a list of names for one of the splits."""
    return any(
        first_existing(os.path.join(folder, split), _LISTS) for split in SPLITS
    )


def read_names(folder, split):
    """Names of a split's images, without extension, in the published order.

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`.

    Returns:
        List of `str`.

    Raises:
        ValueError: No list of names, or one that is not a list of strings.
    """
    path = first_existing(os.path.join(folder, split), _LISTS)
    if path is None:
        raise ValueError(
            f"The {split} split needs {split}/filenames.pickle or "
            f"{split}/filenames.txt. Neither is in {folder}."
        )
    if path.endswith(".txt"):
        return read_lines(path)
    names = _read_pickle(path)
    if not isinstance(names, list) or not all(
        isinstance(name, str) for name in names
    ):
        raise ValueError(
            f"{path} has to hold a list of names. Received: {_described(names)}"
        )
    return names


def read_class_ids(folder, split, names):
    """The class id of each name.

    Without `class_info.pickle` the class is taken from the folder in the
    name, `002.Laysan_Albatross/...`; names without a folder get a class each.

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`.
        names: The split's names.

    Returns:
        List of `int`, one a name.

    Raises:
        ValueError: The file does not hold one whole number a name.
    """
    path = os.path.join(folder, split, "class_info.pickle")
    if not os.path.exists(path):
        return _class_ids_from_folders(names)
    class_ids = _read_pickle(path)
    if (
        not isinstance(class_ids, list)
        or len(class_ids) != len(names)
        or not all(isinstance(class_id, int) for class_id in class_ids)
    ):
        raise ValueError(
            f"{path} has to hold a list of {len(names)} whole numbers, one "
            f"for each name of the split. Received: {_described(class_ids)}"
        )
    return class_ids


def read_captions(folder, split, names, captions_per_image, bad_items):
    """The captions of each name.

    Raw captions in `text/` are used where they are there, since they serve
    every kind of tokenizer; else the words of `captions.pickle`.

    Args:
        folder: The data folder.
        split: `"train"` or `"test"`.
        names: The split's names.
        captions_per_image: Captions taken from each file, the first ones.
        bad_items: A `BadItems` report; files of `text/` that belong to no
            listed name are added to it.

    Returns:
        List of tuples of `str`, empty where a name has no captions.

    Raises:
        ValueError: No captions at all, or a `captions.pickle` whose captions
            do not divide evenly among the names.
    """
    texts = os.path.join(folder, "text")
    if os.path.isdir(texts):
        _report_unlisted(folder, texts, names, bad_items)
        return [
            _captions_in(texts, name, captions_per_image, bad_items)
            for name in names
        ]
    path = os.path.join(folder, "captions.pickle")
    if not os.path.exists(path):
        raise ValueError(
            "Captions are expected in text/<name>.txt or captions.pickle. "
            f"Neither is in {folder}."
        )
    return _tokenized_captions(path, split, names, captions_per_image)


def _captions_in(texts, name, captions_per_image, bad_items):
    path = os.path.join(texts, *f"{name}.txt".split("/"))
    try:
        lines = read_lines(path)
    except FileNotFoundError:
        return ()
    captions = [line for line in lines if any(map(str.isalnum, line))]
    if lines and len(captions) < captions_per_image:
        kind = f"image with fewer than {captions_per_image} captions"
        bad_items.remark(kind, name)
    # A file of blank lines is an empty caption, not a missing file.
    return tuple(captions[:captions_per_image]) or ("",)


def _report_unlisted(folder, texts, names, bad_items):
    listed = set(names)
    for split in SPLITS:
        if first_existing(os.path.join(folder, split), _LISTS):
            listed.update(read_names(folder, split))
    for path in relative_files(texts, (".txt",)):
        if path[: -len(".txt")] not in listed:
            bad_items.skip("captions of no listed image", path)


def _tokenized_captions(path, split, names, captions_per_image):
    from tfragan.text.captions_pickle import read_captions_pickle

    content = read_captions_pickle(path)
    captions = (
        content.train_captions if split == "train" else content.test_captions
    )
    if not names or len(captions) % len(names):
        raise ValueError(
            f"{path} holds {len(captions)} {split} captions, which do not "
            f"divide evenly among the {len(names)} names of the split."
        )
    tokens = content.vocabulary.tokens
    per_name = len(captions) // len(names)
    taken = min(per_name, captions_per_image)
    return [
        tuple(
            " ".join(tokens[token_id] for token_id in token_ids if token_id)
            for token_ids in captions[start : start + taken]
        )
        for start in range(0, len(captions), per_name)
    ]


def _class_ids_from_folders(names):
    folders = [os.path.dirname(name) for name in names]
    if not all(folders):
        return list(range(len(names)))
    numbers = [folder.split(".")[0] for folder in folders]
    if all(number.isdigit() for number in numbers):
        return [int(number) for number in numbers]
    order = {folder: place for place, folder in enumerate(sorted({*folders}))}
    return [order[folder] for folder in folders]


def _read_pickle(path):
    from tfragan.data.plain_pickle import read_plain_pickle

    return read_plain_pickle(path)


def _described(value):
    if isinstance(value, list):
        kinds = sorted({type(entry).__name__ for entry in value})
        return f"a list of {len(value)} {'/'.join(kinds)}"
    return f"a {type(value).__name__}"
