"""R-precision: does an image's own caption outrank those of other images?"""

import dataclasses

import numpy as np

_NORM_FLOOR = 1e-8
_TIE = 1e-6
_IMAGES_AT_ONCE = 128


@dataclasses.dataclass(frozen=True)
class RPrecision:
    """The outcome of an R-precision measurement.

    Attributes:
        hits: (images,) float32. 1 where the own caption has the highest
            cosine, 0 where another one has, 1 / n where it shares the first
            place with n - 1 others.
        rate: mean of `hits`.
        std: standard deviation of the rate over the groups.
        chance: what guessing reaches, 1 / `candidates`.
        candidates: how many captions were compared for each image.
    """

    hits: np.ndarray
    rate: float
    std: float
    chance: float
    candidates: int


def candidate_cosines(image_embeddings, candidates):
    """The cosine of each image with each of its candidate captions.

    Args:
        image_embeddings: (images, dim), any real type.
        candidates: (images, candidates, dim) sentence embeddings.

    Returns:
        (images, candidates) float64; a product of norms under 1e-8 counts
        as 1e-8, so that a zero vector gives 0 instead of NaN.
    """
    images = np.asarray(image_embeddings, np.float64)
    captions = np.asarray(candidates, np.float64)
    if (
        images.ndim != 2
        or captions.ndim != 3
        or captions.shape[::2] != images.shape
        or captions.shape[1] < 1
    ):
        raise ValueError(
            "Expected image embeddings (images, dim) and candidates "
            "(images, candidates, dim). Received: "
            f"image_embeddings.shape={images.shape}, "
            f"candidates.shape={captions.shape}"
        )
    dots = np.einsum("nd,ncd->nc", images, captions)
    norms = np.linalg.norm(images, axis=1)[:, np.newaxis]
    norms = norms * np.linalg.norm(captions, axis=2)
    return dots / np.maximum(norms, _NORM_FLOOR)


def r_precision_of_candidates(image_embeddings, candidates, groups=10, seed=0):
    """R-precision on given candidates, the true caption first.

    Cosines within 1e-6 of the best count as equal and share the point, so
    that an encoder which maps every caption to one place scores chance level
    and not 1.

    Args:
        image_embeddings: (images, dim).
        candidates: (images, candidates, dim); `candidates[:, 0]` belongs to
            the image.
        groups: into how many random groups the images are split for `std`;
            at most one group an image.
        seed: seeds that split.

    Returns:
        An `RPrecision`.

    Raises:
        ValueError: for shapes that do not fit, no image, or an embedding
            that is not finite.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), section 4.
    """
    cosines = candidate_cosines(image_embeddings, candidates)
    return _score(cosines, groups, seed)


def r_precision(
    image_embeddings,
    sentence_embeddings,
    true_index=None,
    candidates=100,
    class_ids=None,
    groups=10,
    seed=0,
):
    """R-precision against mismatching captions drawn at random.

    For every image its own caption and `candidates - 1` different ones are
    ranked by the cosine with the image.

    Args:
        image_embeddings: (images, dim).
        sentence_embeddings: (captions, dim).
        true_index: (images,) which caption belongs to each image; by default
            caption i to image i.
        candidates: how many captions to rank for each image. Where there are
            not so many mismatching captions, all images get as many as the
            poorest one has.
        class_ids: (captions,) optional; captions of the true one's class are
            not drawn. Give the ids of the images here to keep an image's
            other captions out, or the classes of the data set for the
            protocol that draws from other classes only. Or (captions, kinds):
            captions that share an id of any kind are not drawn, see
            `caption_classes`.
        groups: groups of images for the standard deviation.
        seed: seeds the draw and the groups.

    Returns:
        An `RPrecision`.

    Raises:
        ValueError: for shapes that do not fit, an index out of range, or an
            image without a mismatching caption.

    Reference:
        [AttnGAN](https://arxiv.org/abs/1711.10485), section 4: 30,000
        images, 100 candidates, mean and standard deviation over 10 groups.
    """
    images = np.asarray(image_embeddings)
    captions = np.asarray(sentence_embeddings)
    true_index = _checked_index(images, captions, true_index)
    drawn = draw_candidates(
        true_index, len(captions), candidates, class_ids, seed
    )
    cosines = np.concatenate(
        [
            candidate_cosines(
                images[start : start + _IMAGES_AT_ONCE],
                captions[drawn[start : start + _IMAGES_AT_ONCE]],
            )
            for start in range(0, len(images), _IMAGES_AT_ONCE)
        ]
    )
    return _score(cosines, groups, seed)


def draw_candidates(
    true_index, num_captions, candidates=100, class_ids=None, seed=0
):
    """Draws the captions to rank: the true one, then mismatching ones.

    Args:
        true_index: (images,) index of each image's own caption.
        num_captions: how many captions there are.
        candidates: captions an image, the true one included.
        class_ids: (num_captions,) or (num_captions, kinds), optional; see
            `r_precision`.
        seed: seeds the draw.

    Returns:
        (images, at most `candidates`) int64, without repetition in a row.

    Raises:
        ValueError: where an image has no mismatching caption.
    """
    if candidates < 2:
        raise ValueError(
            "`candidates` has to be at least 2. "
            f"Received: candidates={candidates}"
        )
    true_index = np.asarray(true_index, np.int64)
    classes = np.arange(num_captions)
    if class_ids is not None:
        classes = np.asarray(class_ids)
        if classes.ndim not in (1, 2) or len(classes) != num_captions:
            raise ValueError(
                f"`class_ids` has to have one entry for each of "
                f"{num_captions} captions. Received: "
                f"class_ids.shape={classes.shape}"
            )
    if classes.ndim == 2:
        return _draw_unlike(true_index, classes, candidates, seed)
    _, classes, counts = np.unique(
        classes, return_inverse=True, return_counts=True
    )
    largest = counts[classes[true_index]].max(initial=0)
    wrong = min(candidates - 1, num_captions - int(largest))
    if wrong < 1:
        raise ValueError(
            "An image has no mismatching caption to be compared with: "
            f"{_all_one(num_captions)}"
        )
    # Mismatching captions are numbered as if those of the own class, which
    # lie together after this sort, were cut out.
    order = np.argsort(classes, kind="stable")
    starts = np.cumsum(counts) - counts
    rng = np.random.default_rng(seed)
    drawn = np.empty((len(true_index), 1 + wrong), np.int64)
    for row, true in zip(drawn, true_index, strict=True):
        own = classes[true]
        picks = rng.choice(num_captions - counts[own], wrong, replace=False)
        row[0] = true
        row[1:] = order[picks + np.where(picks < starts[own], 0, counts[own])]
    return drawn


def _draw_unlike(true_index, classes, candidates, seed):
    """`draw_candidates` among captions that share no id with the true one."""

    def unlike(true):
        return np.flatnonzero((classes != classes[true]).all(1))

    fewest = min((len(unlike(true)) for true in set(true_index)), default=0)
    wrong = min(candidates - 1, fewest)
    if wrong < 1:
        raise ValueError(
            "An image has no mismatching caption to be compared with: "
            f"{_all_one(len(classes))}"
        )
    rng = np.random.default_rng(seed)
    drawn = [
        [true, *rng.choice(unlike(true), wrong, replace=False)]
        for true in true_index
    ]
    return np.array(drawn, np.int64)


def caption_classes(captions, class_ids=None):
    """What tells captions apart that may be compared, for `class_ids`.

    Those of one class are not, as in the published protocol, nor are equal
    ones. Where all images are of one class, it is left out of account.

    Args:
        captions: list of str.
        class_ids: (captions,) classes of their images, or None.

    Returns:
        int array (captions, 1) or (captions, 2).
    """
    _, ids = np.unique(captions, return_inverse=True)
    if class_ids is None or len(set(np.asarray(class_ids).tolist())) < 2:
        return ids.reshape(-1, 1)
    return np.stack([ids.reshape(-1), np.asarray(class_ids)], 1)


def mismatch_obstacle(captions, class_ids=None):
    """Why R-precision cannot be measured among captions, or None."""
    classes = caption_classes(captions, class_ids)
    some = all(
        (classes != row).all(1).any() for row in np.unique(classes, axis=0)
    )
    return None if some and len(captions) > 1 else _all_one(len(captions))


def _all_one(count):
    if count < 2:
        return f"there {'is 1 caption' if count else 'are 0 captions'} in all"
    return f"all {count:,} captions are the same or of one class"


def _checked_index(images, captions, true_index):
    if images.ndim != 2 or captions.ndim != 2 or not len(images):
        raise ValueError(
            "Expected embeddings (images, dim) and (captions, dim) of at "
            "least one image. Received: "
            f"image_embeddings.shape={images.shape}, "
            f"sentence_embeddings.shape={captions.shape}"
        )
    if true_index is None:
        true_index = np.arange(len(images))
    true_index = np.asarray(true_index)
    if (
        true_index.shape != (len(images),)
        or true_index.min() < 0
        or true_index.max() >= len(captions)
    ):
        raise ValueError(
            f"`true_index` has to name one of {len(captions)} captions for "
            f"each of {len(images)} images. Received: "
            f"true_index.shape={true_index.shape} with values in "
            f"{true_index.min(initial=0)}..{true_index.max(initial=0)}"
        )
    return true_index


def _score(cosines, groups, seed):
    """Hits, rate and spread of cosines (images, candidates), true one first."""
    if not len(cosines):
        raise ValueError("R-precision needs at least one image. Received: 0")
    if not np.isfinite(cosines).all():
        raise ValueError(
            "R-precision needs finite embeddings. Received: "
            f"{int((~np.isfinite(cosines)).any(axis=1).sum())} of "
            f"{len(cosines)} images with NaN or infinite cosines"
        )
    first = cosines >= cosines.max(axis=1, keepdims=True) - _TIE
    hits = (first[:, 0] / first.sum(axis=1)).astype(np.float32)
    order = np.random.default_rng(seed).permutation(len(hits))
    parts = np.array_split(hits[order], min(groups, len(hits)))
    rates = [part.mean(dtype=np.float64) for part in parts]
    return RPrecision(
        hits=hits,
        rate=float(hits.mean(dtype=np.float64)),
        std=float(np.std(rates)),
        chance=1.0 / cosines.shape[1],
        candidates=cosines.shape[1],
    )
