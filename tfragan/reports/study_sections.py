"""The parts of a report that show pictures of a study."""

import html

import numpy as np

from tfragan.evaluation.measurement import LOWER
from tfragan.reports.embedded_picture import embedded_picture

_ROWS = 8
_EXAMPLES = 8
_WIDEST = 128


def nearest_section(run, study, found):
    """Nearest training images, of made pictures and of held-out real ones.

    Args:
        run: name of the run.
        study: the `ImageStudy`.
        found: its `NeighborStudy`.

    Returns:
        HTML, str.
    """
    searched, total = len(found.searched), len(study.training)
    extent = (
        f"{searched:,}" if searched == total else (f"{searched:,} of {total:,}")
    )
    made = _neighbor_rows(
        study.images, study.names, study.made, study.training, found, found.made
    )
    real = _neighbor_rows(
        study.held_out,
        study.held_out_names,
        "held-out real images",
        study.training,
        found,
        found.real,
    )
    return (
        f"<h3>{html.escape(study_title(run, study))}</h3>"
        f"<p>{html.escape(found.comparison.in_words(study.made))}</p>"
        f'<p class="soft">{extent} training images were searched for the '
        f"neighbors of {len(study.images):,} pictures and of "
        f"{len(study.held_out):,} held-out images; shown are those with the "
        "nearest ones. A copy would be at a distance of about 0.</p>"
        f'<div class="pair">{made}{real}</div>'
    )


def failure_section(run, study, found):
    """The pictures with the lowest scores and, for scale, the highest.

    Args:
        run: name of the run.
        study: the `ImageStudy`.
        found: its `NeighborStudy`; may be None for a study with scores.

    Returns:
        HTML, str.
    """
    scores, words, better = study.scores, study.score, study.better
    if scores is None:
        scores, better = found.made.distances[:, 0], LOWER
        words = "the distance to the nearest real image of the target domain"
    worst_first = -scores if better == LOWER else scores
    order = np.argsort(worst_first, kind="stable")
    count = min(_EXAMPLES, max(len(order) // 2, 1))

    wide = " threes" if study.sources is not None else ""

    def examples(title, places):
        figures = "".join(
            _example(study, found, place, scores[place]) for place in places
        )
        return (
            f'<div class="card"><h4>{title}</h4>'
            f'<div class="examples{wide}">{figures}</div></div>'
        )

    return (
        f"<h3>{html.escape(study_title(run, study))}</h3>"
        f'<p class="soft">By {html.escape(words)}, of {len(order):,} '
        f"{html.escape(study.made)}; the median is "
        f"{np.median(scores):.3g}.{_order(study)}</p>"
        f'<div class="pair">{examples("The worst", order[:count])}'
        f"{examples('The best, for scale', order[::-1][:count])}</div>"
    )


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


def study_title(run, study):
    """The heading of a study, str."""
    return f"{run}, {study.title}" if study.title else run


def _example(study, found, place, value):
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
    name = study.names[place]
    images = "".join(
        embedded_picture(image, f"{words}: {name}", _WIDEST)
        for image, words in pictures
    )
    return (
        f'<figure><div class="row">{images}</div><figcaption>'
        f"<b>{value:.3g}</b> {html.escape(name)}</figcaption></figure>"
    )


def _neighbor_rows(images, names, title, training, found, neighbors):
    order = np.argsort(neighbors.distances[:, 0], kind="stable")[:_ROWS]
    rows = []
    for place in order:
        near = [found.searched[one] for one in neighbors.places[place]]
        figures = [_figure(images[place], names[place], names[place])]
        figures += [
            _figure(image, training.keys[one], f"{distance:.3g}")
            for image, one, distance in zip(
                training.read(near),
                near,
                neighbors.distances[place],
                strict=True,
            )
        ]
        rows.append(f'<div class="near">{"".join(figures)}</div>')
    return (
        f'<div class="card"><h4>{html.escape(title.capitalize())}, and the '
        "three nearest training images with their distances</h4>"
        f"{''.join(rows)}</div>"
    )


def _figure(image, alt, words):
    return (
        f"<figure>{embedded_picture(image, alt, _WIDEST)}"
        f'<figcaption title="{html.escape(words)}">{html.escape(words)}'
        "</figcaption></figure>"
    )
