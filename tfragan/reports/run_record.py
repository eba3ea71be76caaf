"""What a run folder says about its run."""

import dataclasses
import datetime
import os

from tfragan.evaluation import read_measurements
from tfragan.evaluation.measurement import latest_of
from tfragan.run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """A run as reports see it.

    Attributes:
        name: what tables call it; no two runs of a report share one.
        folder: the `RunFolder`.
        config: its resolved configuration, a dict.
        records: list of dicts as `RunFolder.read_metrics` gives them.
        measurements: list of `tfragan.evaluation.Measurement`, as made.
    """

    name: str
    folder: RunFolder
    config: dict
    records: list
    measurements: list

    @property
    def model(self):
        """The model's name in the configuration, str."""
        return str(self.config["model"])

    @property
    def step(self):
        """The last step of training that was recorded; 0 for none."""
        return self.records[-1]["step"] if self.records else 0

    @property
    def training_time(self):
        """Hours, minutes and seconds of training; "unknown" for none."""
        times = [one["time"] for one in self.records if "time" in one]
        if not times:
            return "unknown"
        return str(datetime.timedelta(seconds=round(times[-1])))

    def last_measurements(self):
        """The last measurement of each (metric, of)."""
        return latest_of(self.measurements)


def read_runs(paths):
    """Reads run folders, named by the ends of their paths that differ."""
    names = _names(paths)
    return [_read(*both) for both in zip(paths, names, strict=True)]


def _read(path, name):
    folder = RunFolder(path)
    config = folder.read_config()
    if "model" not in config:
        raise ValueError(
            f"{path} is not a run folder: its config.json names no model, as "
            "that of a preset."
        )
    return RunRecord(
        name,
        folder,
        config,
        folder.read_metrics(),
        read_measurements(folder),
    )


def _names(paths):
    parts = [os.path.realpath(path).split(os.sep) for path in paths]
    for number, one in enumerate(parts):
        if one in parts[:number]:
            raise ValueError(
                f"Expected each run once, received {paths[number]} twice."
            )
    length = 1
    while True:
        names = ["/".join(one[-length:]) for one in parts]
        if len(set(names)) == len(names):
            return names
        length += 1
