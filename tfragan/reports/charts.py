"""Which numbers of a run are drawn together, and line charts of them."""

import dataclasses
import math

from tfragan.reports.comparison import incomparable_keys
from tfragan.reports.page import format_number

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
    """Six lines at most that share their axes, and what is above them."""

    title: str
    series: list


def metric_charts(records):
    """Arranges recorded numbers in `Chart`s.

    Keys with a common folder ("loss/kl", "loss/damsm_words") share a chart,
    so do those that end in "_loss", and those of two directions of a
    translation (`<key>_ab`, `<key>_ba`, `<key>_mean`); other keys have one
    each. `<key>_chance`, `<key>_std` and `<key>_standard_error` belong to the
    line of `<key>`. A metric that knows its chance level comes first.
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
    """Arranges numbers of several runs, a dict by name, a chart a number.

    A run has a color of its own; charts that most runs are in come first.
    """
    charts = {}
    for color, (run, records) in enumerate(runs.items()):
        for one in _series(records):
            chart = charts.setdefault(one.name, Chart(one.name, []))
            chart.series.append(dataclasses.replace(one, name=run, color=color))
    return sorted(
        charts.values(), key=lambda chart: (-len(chart.series), _rank(chart))
    )


def measurement_charts(runs):
    """Charts of what was measured at several steps, its errors as bands.

    One `Chart` a metric and what it is of, a line a run. Runs of one step are
    left out.
    """
    charts = {}
    for color, run in enumerate(runs):
        for kind, series in _measured_series(run).items():
            if len(series) > 1:
                title = ", ".join(kind)
                chart = charts.setdefault(title, Chart(title, []))
                chart.series.append(
                    Series(
                        run.name,
                        [(one.step, one.value) for one in series],
                        spread={
                            one.step: one.error for one in series if one.error
                        },
                        color=color,
                    )
                )
    return list(charts.values())


def _measured_series(run):
    """Dict from (metric, of) to its measurements by step, the last of each.

    Only those with the protocol of the last one: others do not make a line
    with it.
    """
    last = run.last_measurements()
    series = {}
    for one in run.measurements:
        kind = one.metric, one.of
        if one.value == one.value and not incomparable_keys(
            one.protocol, last[kind].protocol
        ):
            series.setdefault(kind, {})[one.step] = one
    return {
        kind: [by_step[step] for step in sorted(by_step)]
        for kind, by_step in series.items()
    }


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


_WIDTH = 640
_HEIGHT = 240
_LEFT = 52
_RIGHT = 26
_TOP = 10
_BOTTOM = 26
_MOST_POINTS = 300
_SMOOTHED_FROM = 60
_DOTS_UP_TO = 24


def draw_chart(chart):
    """Places a chart's lines and axes, in pixels, for `charts.html`.

    Long noisy lines are drawn faint, with a running mean over them.
    """
    thin = [_thin(one.points) for one in chart.series]
    scale = _Scale(chart, thin)
    lines = [
        _draw_line(scale, chart, place, points)
        for place, points in enumerate(thin)
    ]
    return {
        "title": chart.title,
        "width": _WIDTH,
        "height": _HEIGHT,
        "left": _LEFT,
        "right": _WIDTH - _RIGHT,
        "x_ticks": [(scale.x(tick), f"{tick:,}") for tick in scale.x_ticks],
        "y_ticks": [
            (scale.y(tick), format_number(round(tick, 10)))
            for tick in scale.y_ticks
        ],
        "lines": lines,
        "data": _data(chart, thin, scale, [line["color"] for line in lines]),
    }


class _Scale:
    """Maps steps and values to pixels."""

    def __init__(self, chart, lines):
        steps = [step for points in lines for step, _ in points]
        self.first, self.last = min(steps), max(steps)
        self.lowest, self.highest = _value_range(chart, lines)
        self.x_ticks = _ticks(self.first, self.last, 6, whole=True)
        self.y_ticks = _ticks(self.lowest, self.highest, 4)

    def x(self, step):
        span = max(self.last - self.first, 1)
        inside = _WIDTH - _LEFT - _RIGHT
        return round(_LEFT + inside * (step - self.first) / span, 1)

    def y(self, value):
        span = self.highest - self.lowest
        inside = _HEIGHT - _TOP - _BOTTOM
        share = (self.highest - value) / span
        # Outliers are cut at the edge of the chart.
        return round(_TOP + inside * min(max(share, 0.0), 1.0), 1)

    def path(self, points):
        return " ".join(
            f"{self.x(step)},{self.y(value)}" for step, value in points
        )


def _value_range(chart, lines):
    """The values shown: all but the most extreme hundredths, and chance.

    Rates, which know their chance, are shown from zero.
    """
    values = sorted(value for points in lines for _, value in points)
    cut = len(values) // 100
    values = values[cut : len(values) - cut]
    for one in chart.series:
        if one.chance is not None:
            values += [0.0, one.chance]
        for step, value in one.points:
            spread = one.spread.get(step, 0.0)
            values += [value - spread, value + spread] if spread else []
    lowest, highest = min(values), max(values)
    if 0 <= lowest < 0.4 * highest:
        lowest = 0.0
    margin = 0.05 * (highest - lowest) or 0.1 * abs(highest) or 1.0
    return lowest - (margin if lowest else 0.0), highest + margin


def _ticks(lowest, highest, count, whole=False):
    span = (highest - lowest) or 1.0
    size = 10.0 ** math.floor(math.log10(span / count))
    for factor in (1, 2, 5, 10):
        if span / (size * factor) <= count:
            size *= factor
            break
    if whole:
        size = max(round(size), 1)
    first = math.ceil(lowest / size - 1e-9)
    last = math.floor(highest / size + 1e-9)
    return [size * number for number in range(first, last + 1)]


def _thin(points):
    """At most 300 points, each the mean of neighbors."""
    if len(points) <= _MOST_POINTS:
        return points
    thinned = []
    for number in range(_MOST_POINTS):
        start = number * len(points) // _MOST_POINTS
        some = points[start : (number + 1) * len(points) // _MOST_POINTS]
        steps, values = zip(*some, strict=True)
        thinned.append((some[-1][0], sum(values) / len(steps)))
    return thinned


def _smooth(points):
    """Mean over neighbors on both sides, fewer of them at the ends."""
    reach = max(len(points) // 30, 1)
    smooth = []
    for number, (step, _) in enumerate(points):
        near = points[max(number - reach, 0) : number + reach + 1]
        smooth.append((step, sum(value for _, value in near) / len(near)))
    return smooth


def _draw_line(scale, chart, place, points):
    """One line of a chart, with its band, its chance level and its name."""
    one = chart.series[place]
    name = one.name.removeprefix(chart.title + "/").rsplit("/", 1)[-1]
    noisy = len(points) > _SMOOTHED_FROM
    spread = [point for point in one.points if point[0] in one.spread]
    upper = [(step, value + one.spread[step]) for step, value in spread]
    lower = [(step, value - one.spread[step]) for step, value in spread]
    dots = points if len(points) <= _DOTS_UP_TO else []
    return {
        "name": "" if name == chart.title else name,
        "color": place if one.color is None else one.color,
        "last": one.points[-1][1],
        "chance": one.chance,
        "chance_y": None if one.chance is None else scale.y(one.chance),
        "band": scale.path(upper + lower[::-1]) if len(spread) > 1 else "",
        "faint": scale.path(points) if noisy else "",
        "path": scale.path(_smooth(points) if noisy else points),
        "dots": [(scale.x(step), scale.y(value)) for step, value in dots],
    }


def _data(chart, lines, scale, colors):
    """What the page's script needs to show values under the pointer."""
    return {
        "x": [scale.x(scale.first), scale.x(scale.last)],
        "steps": [scale.first, scale.last],
        "series": [
            {
                "name": one.name.rsplit("/", 1)[-1],
                "color": color,
                "points": [
                    [step, float(f"{value:.4g}"), scale.y(value)]
                    for step, value in points
                ],
            }
            for one, points, color in zip(
                chart.series, lines, colors, strict=True
            )
        ],
    }
