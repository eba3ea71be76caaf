"""Which numbers of a run are drawn together."""

import dataclasses

_NOT_METRICS = ("step", "epoch", "time")
_CHANCE = "_chance"
_SPREADS = ("_std", "_standard_error")
# Both directions of a translation, and their mean.
_ALIKE = ("_ab", "_ba", "_mean")
_LINES = 6


@dataclasses.dataclass(frozen=True)
class Series:
    """One line of a chart.

    Attributes:
        name: the metric's key.
        points: list of (step, value).
        chance: what guessing reaches, or None.
        spread: dict from step to standard deviation or standard error,
            possibly empty.
        color: number of its color, 0 to 5; by default its place in the
            chart.
    """

    name: str
    points: list
    chance: float | None = None
    spread: dict = dataclasses.field(default_factory=dict)
    color: int | None = None


@dataclasses.dataclass(frozen=True)
class Chart:
    """Lines that share their axes.

    Attributes:
        title: what is above them.
        series: list of `Series`, at most six.
    """

    title: str
    series: list


def metric_charts(records):
    """Arranges recorded numbers in charts.

    Keys with a common folder ("loss/kl", "loss/damsm_words") share a chart,
    so do those that end in "_loss", and those of two directions of a
    translation (`<key>_ab`, `<key>_ba`, `<key>_mean`); other keys have one
    each. `<key>_chance`, `<key>_std` and `<key>_standard_error` belong to the
    line of `<key>`. A metric that knows its chance level comes first.

    Args:
        records: list of dicts as `RunFolder.read_metrics` gives them.

    Returns:
        A list of `Chart`.
    """
    series = _series(records)
    groups = {}
    for one in series:
        groups.setdefault(_group(one.name), []).append(one)
    charts = []
    for title, members in groups.items():
        charts += _split(title, members)
    return sorted(charts, key=_rank)


def run_charts(runs):
    """Arranges recorded numbers of several runs, a chart a number.

    Args:
        runs: dict from the name of a run to its records, as for
            `metric_charts`.

    Returns:
        A list of `Chart` of numbers that at least one run has, a line a run
        in a color of its own; those that most runs have come first.
    """
    charts = {}
    for color, (run, records) in enumerate(runs.items()):
        for one in _series(records):
            chart = charts.setdefault(one.name, Chart(one.name, []))
            chart.series.append(dataclasses.replace(one, name=run, color=color))
    return sorted(
        charts.values(), key=lambda chart: (-len(chart.series), _rank(chart))
    )


def _series(records):
    points = {}
    for record in records:
        for key, value in record.items():
            if key not in _NOT_METRICS and isinstance(value, int | float):
                points.setdefault(key, []).append((record["step"], value))
    series = []
    for name, values in points.items():
        base = _without_suffix(name, (_CHANCE, *_SPREADS))
        if base != name and base in points:
            continue
        chance = points.get(name + _CHANCE)
        series.append(
            Series(
                name,
                sorted(values),
                chance[-1][1] if chance else None,
                _spread(points, name),
            )
        )
    return series


def _spread(points, name):
    for suffix in _SPREADS:
        if name + suffix in points:
            return dict(points[name + suffix])
    return {}


def _without_suffix(name, suffixes):
    for suffix in suffixes:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _group(name):
    if "/" in name:
        return name.rsplit("/", 1)[0]
    if name.endswith("_loss"):
        return "losses"
    return _without_suffix(name, _ALIKE)


def _split(title, members):
    """Charts of at most six lines, alike names together."""
    if len(members) <= _LINES:
        return [Chart(title, members)]
    families = {}
    for one in members:
        first = one.name.rsplit("/", 1)[-1].split("_")[0]
        families.setdefault(first, []).append(one)
    charts = []
    alone = [
        one for many in families.values() if len(many) == 1 for one in many
    ]
    rest = {first: many for first, many in families.items() if len(many) > 1}
    for name, many in [*rest.items(), (None, alone)]:
        name = title if name is None else f"{title}: {name}"
        for start in range(0, len(many), _LINES):
            charts.append(Chart(name, many[start : start + _LINES]))
    return charts


def _rank(chart):
    if any(one.chance is not None for one in chart.series):
        return 0
    return 1 if chart.title == "losses" else 2
