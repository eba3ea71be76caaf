"""Measurements of several runs side by side, as far as they compare."""

import dataclasses
import json
import math

from tfragan.evaluation.measurement import LOWER
from tfragan.run_folder import differing_keys

# What may differ between two numbers that are compared. Weights are known by
# their hash, their name says where they came from.
_HARMLESS = ("preset", "preset_sha256", "seed", "tfragan")
_HASH_OF_WEIGHTS = "weights_sha256"
_WEIGHTS = "weights"
# What is measured to know the scale has no best run.
_SCALE = ("untrained", "untranslated", "training images", "real")
_HASH_SHOWN = 12

BEST = "best"
NEAR = "near"


@dataclasses.dataclass(frozen=True)
class Cell:
    """A measurement in the column of its run.

    Attributes:
        measurement: the `tfragan.evaluation.Measurement`.
        stale_step: the step that was measured where the run has gone on
            since, or None.
        standing: `"best"` of those that it can be compared with, `"near"` the
            best by less than the errors of the two, or `""`.
        note: number of the sentence that says why this number cannot be
            compared with the first of its row, or None where it can.
    """

    measurement: object
    stale_step: int | None = None
    standing: str = ""
    note: int | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """One kind of measurement; a `Cell`, or None, for each run."""

    metric: str
    of: str
    cells: list


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A table of measurements and what has to be said below it.

    Attributes:
        runs: list of `RunRecord`, the columns.
        rows: list of `Row`.
        notes: list of str; sentence n belongs to the cells with note n,
            counted from 1.
        errors: list of str, what the errors are.
        common: list of (key, value) of all protocols, str both.
        differing: list of (key, list of (value, list of where it holds)).
    """

    runs: list
    rows: list
    notes: list
    errors: list
    common: list
    differing: list

    def standings(self):
        """The set of standings that some cell has."""
        return {
            cell.standing for row in self.rows for cell in row.cells if cell
        }


def compare_runs(runs):
    """Compares the last measurement of each kind of `RunRecord`s.

    Two numbers can be compared where their protocols agree in all but the
    seed, the preset, the version of this package, and the name of weights
    whose hash is known. Runs without measurements have empty columns.
    """
    last = [run.last_measurements() for run in runs]
    # As they were measured, and what belongs to one metric together.
    found = dict.fromkeys(kind for one in last for kind in one)
    metrics = [*dict.fromkeys(metric for metric, _ in found)]
    kinds = sorted(found, key=lambda kind: metrics.index(kind[0]))
    notes = {}
    rows = [
        _row(kind, runs, [one.get(kind) for one in last], notes)
        for kind in kinds
    ]
    common, differing = _protocols(runs, rows)
    return Comparison(runs, rows, list(notes), _errors(rows), common, differing)


def incomparable_keys(protocol, other):
    """The sorted keys of two protocols that keep numbers from comparison."""
    return differing_keys(_binding(protocol), _binding(other))


def protocol_text(key, value):
    """A value of a protocol in few characters, str."""
    if key.endswith("sha256"):
        return str(value)[:_HASH_SHOWN]
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value)


def _binding(protocol):
    """The part of a protocol that a number depends on."""
    skipped = list(_HARMLESS)
    if protocol.get(_HASH_OF_WEIGHTS):
        skipped.append(_WEIGHTS)
    return {key: one for key, one in protocol.items() if key not in skipped}


def _row(kind, runs, measurements, notes):
    """A `Row`; new sentences are added to `notes`, a dict from them."""
    numbers = [
        _note(runs, measurements, place, notes) for place in range(len(runs))
    ]
    standings = _standings(kind, measurements)
    cells = [
        Cell(one, _stale(run, one), standing, number) if one else None
        for run, one, standing, number in zip(
            runs, measurements, standings, numbers, strict=True
        )
    ]
    metric, of = kind
    return Row(metric, of, cells)


def _stale(run, measurement):
    step = measurement.step
    return step if step and run.step and step != run.step else None


def _note(runs, measurements, place, notes):
    first = next(n for n, one in enumerate(measurements) if one)
    own = measurements[place]
    if own is None or place == first:
        return None
    theirs = measurements[first].protocol
    keys = incomparable_keys(own.protocol, theirs)
    if not keys:
        return None
    reasons = [
        f"{key} is {_stated(key, own.protocol)}, not {_stated(key, theirs)}"
        for key in keys
    ]
    text = (
        f"{runs[place].name} cannot be compared with {runs[first].name}: "
        f"{'; '.join(reasons)}."
    )
    return notes.setdefault(text, len(notes) + 1)


def _stated(key, protocol):
    return protocol_text(key, protocol[key]) if key in protocol else "unknown"


def _standings(kind, measurements):
    """A standing for each measurement, `""` for those that are missing."""
    standings = [""] * len(measurements)
    if kind[1].endswith(_SCALE):
        return standings
    groups = {}
    for place, one in enumerate(measurements):
        if one and one.better and math.isfinite(one.value):
            binding = json.dumps(
                [one.better, _binding(one.protocol)], sort_keys=True
            )
            groups.setdefault(binding, []).append(place)
    for places in groups.values():
        members = [measurements[place] for place in places]
        values = [one.value for one in members]
        if len(set(values)) < 2:
            continue
        value = min(values) if members[0].better == LOWER else max(values)
        best = members[values.index(value)]
        for place, one in zip(places, members, strict=True):
            if one.value == value:
                standings[place] = BEST
            elif _near(one, best):
                standings[place] = NEAR
    return standings


def _near(one, best):
    """Whether the errors of the two, if independent, hide the difference."""
    if one.error is None or best.error is None:
        return False
    return abs(one.value - best.value) < math.hypot(one.error, best.error)


def _errors(rows):
    """What the errors are, a sentence a kind."""
    kinds = {}
    for row in rows:
        for cell in filter(None, row.cells):
            if cell.measurement.error is not None:
                words = cell.measurement.error_kind or "of unknown kind"
                kinds.setdefault(words, []).append(row.metric)
    return [
        f"{', '.join(dict.fromkeys(metrics))}: {words}"
        for words, metrics in kinds.items()
    ]


def _protocols(runs, rows):
    """What all protocols share, and where they do not."""
    values = {}
    for row in rows:
        for run, cell in zip(runs, row.cells, strict=True):
            for key, value in cell.measurement.protocol.items() if cell else ():
                text = protocol_text(key, value)
                places = values.setdefault(key, {}).setdefault(text, {})
                places[row.metric, row.of, run.name] = None
    common, differing = [], []
    for key, by_text in values.items():
        if len(by_text) == 1:
            common.append((key, next(iter(by_text))))
        else:
            differing.append((key, _where(by_text)))
    return common, differing


def _where(by_text):
    """List of (value, list of places), by run where that says it all."""
    for parts in ((2,), (0,), (0, 1), (0, 2), (0, 1, 2)):
        named = {
            text: list(
                dict.fromkeys(
                    ", ".join(place[part] for part in parts) for place in places
                )
            )
            for text, places in by_text.items()
        }
        names = [name for many in named.values() for name in many]
        if len(set(names)) == len(names):
            break
    return list(named.items())
