"""Pictures of a training over time, of runs side by side."""

import html

from tfragan.reports.embedded_picture import embedded_picture
from tfragan.visualization.page_template import section
from tfragan.visualization.sample_files import kind_title
from tfragan.visualization.sample_files import kinds_in_order
from tfragan.visualization.sample_files import sample_files
from tfragan.visualization.sample_files import sample_lists

# Panels of attention and masks are large, and change slowly.
_PICTURES = {"attention": 3, "masks": 4}
_MOST_PICTURES = 9
_WIDEST = 900


def sample_sections(runs):
    """A section a kind of pictures, a slider a run.

    Args:
        runs: list of `RunRecord`.

    Returns:
        List of HTML, str.
    """
    pictures = [sample_files(run.folder.samples_path) for run in runs]
    kinds = kinds_in_order(kind for one in pictures for kind in one)
    sections = []
    for kind in kinds:
        cards = "".join(
            _card(run, kind, one[kind])
            for run, one in zip(runs, pictures, strict=True)
            if kind in one
        )
        body = f'<div class="pair">{cards}</div>'
        if kind == kinds[0]:
            body += "".join(map(_texts, runs))
        sections.append(section(kind_title(kind), body))
    return sections


def spread(items, count):
    """Some items, spread over all, with the first and the last.

    Args:
        items: a list.
        count: how many at most, at least two.

    Returns:
        A list.
    """
    if len(items) <= count:
        return list(items)
    last = len(items) - 1
    return [items[place * last // (count - 1)] for place in range(count)]


def _card(run, kind, series):
    most = _PICTURES.get(kind.split("_")[0], _MOST_PICTURES)
    chosen = spread(series, most)
    figures = "".join(_figure(run, kind, *one) for one in chosen)
    remark = ""
    if len(chosen) < len(series):
        remark = (
            f'<p class="soft">{len(chosen)} of {len(series)} pictures; all are '
            "in samples/ of the run.</p>"
        )
    control = _control(run, kind, chosen) if len(chosen) > 1 else ""
    return (
        f'<div class="card slides"><h3>{html.escape(run.name)}</h3>{control}'
        f"{figures}{remark}</div>"
    )


def _control(run, kind, chosen):
    last = len(chosen) - 1
    label = html.escape(f"{kind_title(kind)}, {run.name}")
    return (
        '<div class="slider" hidden><label>Step <input type="range" min="0" '
        f'max="{last}" value="{last}" aria-label="step: {label}"></label>'
        f"<output>{chosen[-1][0]:,}</output></div>"
    )


def _figure(run, kind, step, path):
    words = kind_title(kind) + ("" if step is None else f", step {step:,}")
    image = embedded_picture(path, f"{words}, {run.name}", _WIDEST)
    if step is None:
        return f"<figure>{image}</figure>"
    return (
        f'<figure data-step="{step:,}">{image}<figcaption>step {step:,}'
        "</figcaption></figure>"
    )


def _texts(run):
    parts = []
    for title, lines in sample_lists(run.folder.samples_path):
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
        parts.append(
            f"<details><summary>{html.escape(title)}, {html.escape(run.name)}"
            f"</summary><ol>{items}</ol></details>"
        )
    return "".join(parts)
