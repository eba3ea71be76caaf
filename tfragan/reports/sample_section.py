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
    steps, figures, remarks = [], [], []
    for step, path in spread(series, most):
        try:
            figures.append(_figure(run, kind, step, path))
            steps.append(step)
        except OSError:
            remarks.append(f"{path.name} cannot be read as a picture.")
    if len(series) > most:
        remarks.append(
            f"{most} of {len(series)} pictures; all are in samples/ of the run."
        )
    control = _control(run, kind, steps) if len(steps) > 1 else ""
    remarks = [f'<p class="soft">{html.escape(one)}</p>' for one in remarks]
    return (
        f'<div class="card slides"><h3>{html.escape(run.name)}</h3>{control}'
        f"{''.join(figures)}{''.join(remarks)}</div>"
    )


def _control(run, kind, steps):
    last = len(steps) - 1
    label = html.escape(f"{kind_title(kind)}, {run.name}")
    return (
        '<div class="slider" hidden><label>Step <input type="range" min="0" '
        f'max="{last}" value="{last}" aria-label="step: {label}"></label>'
        f"<output>{steps[-1]:,}</output></div>"
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
