"""Which captions are measured, drawn as the published evaluations do."""

import dataclasses

import numpy as np

from tfragan.atomic_file import write_json_lines


@dataclasses.dataclass(frozen=True, slots=True)
class DrawnCaption:
    """A caption to make a picture of, with the seed of the picture.

    `image` is the place of its image in the data set, `key` the image's key,
    `number` which caption of the image it is, from 0.
    """

    image: int
    number: int
    caption: str
    seed: int
    key: str


def draw_captions(dataset, count, seed=0, kind="drawn"):
    """Captions of a data set with the seeds of their pictures, `DrawnCaption`s.

    Args:
        dataset: a `CaptionedImages`.
        count: how many; 0 for one an image, or for all with `"every"`.
        seed: seeds the draw; the pictures get this seed and the following.
        kind: `"first"`, the first caption of each image in order; `"every"`,
            the first captions of all images, then their second ones; or
            `"drawn"`, at random from all captions without replacement.
            Where more are asked for than there are, all are taken before any
            is taken again.
    """
    per_image = [len(item.captions) for item in dataset.items]
    pairs = [
        (image, number)
        for number in range(max(per_image))
        for image, captions in enumerate(per_image)
        if number < captions
    ]
    rng = np.random.default_rng(seed)
    if kind == "first":
        pairs = pairs[: len(per_image)]
    elif kind == "drawn":
        count = count or len(per_image)
    elif kind != "every":
        raise ValueError(
            f'kind: expected "first", "every" or "drawn", received {kind!r}.'
        )
    count = count or len(pairs)
    turns = -(-count // len(pairs))
    order = [
        rng.permutation(len(pairs)) if kind == "drawn" else range(len(pairs))
        for _ in range(turns)
    ]
    places = [place for turn in order for place in turn][:count]
    return [
        DrawnCaption(
            image,
            number,
            dataset.items[image].captions[number],
            seed + at,
            dataset.items[image].key,
        )
        for at, (image, number) in enumerate(pairs[place] for place in places)
    ]


def write_draw(path, drawn):
    """Writes the captions and seeds, so that each picture can be made again."""
    write_json_lines(
        path,
        (
            {
                "key": each.key,
                "number": each.number,
                "caption": each.caption,
                "seed": each.seed,
            }
            for each in drawn
        ),
    )
