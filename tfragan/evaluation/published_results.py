"""Measurements beside the figures of the papers.

The figures are in published_results.json, each with where it stands and how it
was measured; docs/published.md shows them as a table.
"""

import dataclasses
import functools
import json
import pathlib

_FILE = pathlib.Path(__file__).with_suffix(".json")
_UNSTATED = "unstated"
# Kinds of metrics; a metric is of the first whose name is in its own.
_KINDS = ("r_precision", "inception_score", "kernel", "frechet")
_WEIGHTED = "weighted_kernel"
_AT_INFINITY = "infinity"

_COUNTED = {"images": "images", "real_images": "real images"}
_NAMED = {
    "split": "split",
    "image_size": "pixels a side",
    "features": "features",
    "resize": "resize",
    "splits": "splits of the images",
    "candidates": "captions to choose from",
}


@dataclasses.dataclass(frozen=True)
class PublishedResult:
    """A figure as a paper or its repository gives it.

    Attributes:
        model: such as `"AttnGAN"`.
        metric: as this package names it, where all that is named fits.
        data: the data set, such as `"CUB"`.
        of: what was measured: `"generated"`, or the direction of a
            translation, `"ab"` or `"ba"`.
        value: the number in the unit of `Measurement`: rates from 0 to 1,
            distances not multiplied.
        error: what stands behind +-, in the same unit, or None.
        protocol: what is known of how it was measured, with the keys of
            `Measurement`; under `"unstated"` a list of what is not.
        source: where it stands.
        note: what is unusual about it.
        variant: what differs from the model itself, such as an ablation; ""
            for the model.
    """

    model: str
    metric: str
    data: str
    of: str
    value: float
    error: float | None
    protocol: dict
    source: str
    note: str = ""
    variant: str = ""

    def in_words(self):
        """The value and its error, str."""
        text = f"{self.value:g}"
        return text if self.error is None else f"{text} +- {self.error:g}"


@functools.cache
def all_published_results():
    """Every figure of the data file."""
    content = json.loads(_FILE.read_text("utf-8"))
    rows = [
        dict(zip(content["columns"], row, strict=True))
        for row in content["results"]
    ]
    return tuple(
        PublishedResult(
            **{
                **row,
                "protocol": content["protocols"][row["protocol"]],
                "source": content["sources"][row["source"]],
                "note": content["notes"].get(row["note"], ""),
            }
        )
        for row in rows
    )


def published_results(model, metric_kind, data=None, variants=False):
    """The published figures to put beside a measurement.

    Args:
        model: name of the model, as in the papers or in a config.
        metric_kind: a metric's name. Its features do not matter here: a
            Frechet distance on any of them finds those on Inception-v3.
        data: name of the data set; by default all.
        variants: whether ablations and other versions are wanted as well.

    Returns:
        List of `PublishedResult`.

    Example:

    >>> pair = published_results("ugatit", "kernel_distance", "cat2dog")
    >>> [result.value for result in pair]
    [0.0707, 0.0815]
    """
    kind = _kind(metric_kind)
    return [
        result
        for result in all_published_results()
        if _plain(result.model) == _plain(model)
        and kind is not None
        and _kind(result.metric) == kind
        and (data is None or _same_data(data, result.data))
        and (variants or not result.variant)
    ]


def comparable(measurement, published):
    """Why a measurement cannot be compared with a published figure.

    Args:
        measurement: a `Measurement`.
        published: a `PublishedResult`.

    Returns:
        List of str, each a reason; empty where the records are alike in all
        that is known.
    """
    ours = {**measurement.details, **measurement.protocol}
    theirs = published.protocol
    reasons = _quantity_reasons(measurement, published)
    if measurement.of != published.of:
        reasons.append(f"{measurement.of} here, {published.of} there")
    data = ours.get("data")
    if data is None or not _same_data(data, published.data):
        reasons.append(
            f"data set {data or 'unknown'} here, {published.data} there"
        )
    for key, word in {**_NAMED, **_COUNTED}.items():
        if key not in theirs or ours.get(key) == theirs[key]:
            continue
        if key not in ours:
            reasons.append(f"{word} of ours unknown, {theirs[key]} there")
        elif key in _COUNTED:
            reasons.append(f"{ours[key]:,} {word} here, {theirs[key]:,} there")
        else:
            reasons.append(f"{word} {ours[key]} here, {theirs[key]} there")
    if theirs.get(_UNSTATED):
        reasons.append(f"not stated there: {', '.join(theirs[_UNSTATED])}")
    return reasons


def beside_published(measurements, model):
    """Measurements beside the figures of the papers, in words.

    Args:
        measurements: list of `Measurement` of one model; those of anything
            but its images, and of metrics without figures, get no line.
        model: name of the model, as in the papers or in a config.

    Returns:
        List of str, a line a figure.
    """
    lines = []
    for measurement in measurements:
        known = [
            result
            for result in published_results(model, measurement.metric)
            if result.of == measurement.of
        ]
        data = measurement.protocol.get("data")
        found = [each for each in known if _same_data(data, each.data)]
        ours = f"{measurement.metric}: ours {measurement.in_words()}"
        if known and not found:
            sets = ", ".join(dict.fromkeys(each.data for each in known))
            lines.append(f"{ours}; published on {sets} only.")
        lines.extend(
            f"{ours}; {_beside(measurement, result)}" for result in found
        )
    return lines


def _beside(measurement, published):
    reasons = comparable(measurement, published)
    verdict = "Comparable, as far as the records tell."
    if reasons:
        verdict = f"Not comparable: {'; '.join(reasons)}."
    return (
        f"published {published.in_words()} ({published.model}, "
        f"{published.data}, {published.of}: {published.source}). {verdict}"
    )


def _quantity_reasons(measurement, published):
    """Reasons that lie in what the numbers are."""
    kind = _kind(measurement.metric)
    if kind != _kind(published.metric):
        return [f"{measurement.metric} here, {published.metric} there"]
    if kind == "r_precision":
        return ["measured by another DAMSM"]
    reasons = []
    if kind == "kernel":
        weighted = _WEIGHTED in measurement.metric
        what = "source and target" if weighted else "the target"
        reasons.append(
            f"a distance to {what} here, there a KID that is probably a "
            "weighted one to source and target"
        )
    if _AT_INFINITY in measurement.metric:
        reasons.append("extrapolated to endless images here")
    return reasons


def _kind(metric):
    return next((kind for kind in _KINDS if kind in metric), None)


def _plain(name):
    """A name without what differs between a paper and a config."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _same_data(ours, published):
    return ours is not None and _plain(ours) == _plain(published)
