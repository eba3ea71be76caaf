"""The pictures of a report, inside of the page: no other file, few bytes."""

import base64
import io

import numpy as np
from PIL import Image

from tfragan.evaluation.measurement import LOWER
from tfragan.reports.sample_files import kind_title
from tfragan.reports.sample_files import kinds_in_order
from tfragan.reports.sample_files import sample_files
from tfragan.reports.sample_files import sample_lists

_JPEG_QUALITY = 78
# Panels of attention and masks are large, and change slowly.
_MOST_STEPS = {"attention": 3, "masks": 4}
_MOST_STEPS_OF_OTHERS = 9
_WIDEST_SAMPLE = 900
_WIDEST = 128
_NEAREST_ROWS = 8
_EXAMPLES = 8


def embedded_picture(picture, alt, widest=_WIDEST):
    """Attributes of an `<img>` that holds its own bytes, a small JPEG or PNG.

    Args:
        picture: (height, width, 3) uint8, or the path of a file.
        alt: what is to be seen, text.
        widest: most pixels of its width; wider pictures are shrunk.
    """
    if isinstance(picture, np.ndarray):
        image = Image.fromarray(picture)
    else:
        with Image.open(picture) as opened:
            image = opened.convert("RGB")
    image.thumbnail((widest, image.height), Image.Resampling.LANCZOS)
    jpeg, png = io.BytesIO(), io.BytesIO()
    image.save(jpeg, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    image.save(png, "PNG", optimize=True)
    kind, content = min(
        (("jpeg", jpeg.getvalue()), ("png", png.getvalue())),
        key=lambda file: len(file[1]),
    )
    address = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    width, height = image.size
    return {"src": address, "alt": alt, "width": width, "height": height}


def sample_kinds(runs):
    """The pictures of a training over time, of runs side by side.

    One dict a kind of pictures: its `title`, and `cards`, one a run that has
    such pictures.
    """
    pictures = [sample_files(run.folder.samples_path) for run in runs]
    return [
        {
            "title": kind_title(kind),
            "cards": [
                _sample_card(run.name, kind, one[kind])
                for run, one in zip(runs, pictures, strict=True)
                if kind in one
            ],
        }
        for kind in kinds_in_order(kind for one in pictures for kind in one)
    ]


def sample_texts(runs):
    """Captions and other lists that belong to the pictures, with titles."""
    return [
        (f"{title}, {run.name}", lines)
        for run in runs
        for title, lines in sample_lists(run.folder.samples_path)
    ]


def spread(items, count):
    """Two to `count` items, spread from the first to the last."""
    if len(items) <= count:
        return list(items)
    last = len(items) - 1
    return [items[place * last // (count - 1)] for place in range(count)]


def _sample_card(run, kind, series):
    most = _MOST_STEPS.get(kind.split("_")[0], _MOST_STEPS_OF_OTHERS)
    title = kind_title(kind)
    figures, remarks = [], []
    for step, path in spread(series, most):
        words = title if step is None else f"{title}, step {step:,}"
        try:
            picture = embedded_picture(path, f"{words}, {run}", _WIDEST_SAMPLE)
            figures.append((step, picture))
        except OSError:
            remarks.append(f"{path.name} cannot be read as a picture.")
    if len(series) > most:
        remarks.append(
            f"{most} of {len(series)} pictures; all are in samples/ of the run."
        )
    return {
        "run": run,
        "label": f"step: {title}, {run}",
        "figures": figures,
        "remarks": remarks,
    }


def nearest_study(run, study, found):
    """Nearest training images, of made pictures and of held-out real ones."""
    searched, total = len(found.searched), len(study.training)
    some = f"{searched:,}"
    return {
        "title": _title(run, study),
        "words": found.comparison.in_words(study.made),
        "searched": some if searched == total else f"{some} of {total:,}",
        "made": len(study.images),
        "held_out": len(study.held_out),
        "cards": [
            {"title": title.capitalize(), "rows": _neighbor_rows(*arguments)}
            for title, *arguments in (
                (
                    study.made,
                    study.images,
                    study.names,
                    study.training,
                    found.searched,
                    found.made,
                ),
                (
                    "held-out real images",
                    study.held_out,
                    study.held_out_names,
                    study.training,
                    found.searched,
                    found.real,
                ),
            )
        ],
    }


def _neighbor_rows(images, names, training, searched, neighbors):
    order = np.argsort(neighbors.distances[:, 0], kind="stable")
    rows = []
    for place in order[:_NEAREST_ROWS]:
        near = [searched[one] for one in neighbors.places[place]]
        row = [(embedded_picture(images[place], names[place]), names[place])]
        row += [
            (embedded_picture(image, training.keys[one]), f"{distance:.3g}")
            for image, one, distance in zip(
                training.read(near),
                near,
                neighbors.distances[place],
                strict=True,
            )
        ]
        rows.append(row)
    return rows


def failure_study(run, study, found):
    """The pictures with the lowest scores and, for scale, the highest.

    `found` may be None for a study with scores.
    """
    scores, words, better = study.scores, study.score, study.better
    if scores is None:
        scores, better = found.made.distances[:, 0], LOWER
        words = "the distance to the nearest real image of the target domain"
    worst_first = -scores if better == LOWER else scores
    order = np.argsort(worst_first, kind="stable")
    count = min(_EXAMPLES, max(len(order) // 2, 1))
    return {
        "title": _title(run, study),
        "words": f"By {words}, of {len(order):,} {study.made}; the median is "
        f"{np.median(scores):.3g}.{_order(study)}",
        "wide": study.sources is not None,
        "cards": [
            {
                "title": title,
                "examples": [
                    (
                        _example(study, found, place),
                        f"{scores[place]:.3g}",
                        study.names[place],
                    )
                    for place in places
                ],
            }
            for title, places in (
                ("The worst", order[:count]),
                ("The best, for scale", order[::-1][:count]),
            )
        ],
    }


def _order(study):
    """What stands beside what, str."""
    if study.sources is None:
        return ""
    parts = ["the source", "what was made of it"]
    if study.scores is None:
        parts.append("the nearest real image")
    if study.truths is not None:
        parts.append("the truth")
    return f" From the left: {', '.join(parts)}."


def _title(run, study):
    return f"{run}, {study.title}" if study.title else run


def _example(study, found, place):
    pictures = []
    if study.sources is not None:
        pictures.append((study.sources[place], "source"))
    pictures.append((study.images[place], "made" if pictures else "picture"))
    if study.scores is None:
        nearest = found.searched[found.made.places[place, 0]]
        (image,) = study.training.read([nearest])
        pictures.append((image, "nearest real"))
    if study.truths is not None:
        pictures.append((study.truths[place], "truth"))
    return [
        embedded_picture(image, f"{words}: {study.names[place]}")
        for image, words in pictures
    ]
