"""The folder that a training run writes."""

import json
import math

from tfragan.atomic_file import remove_unfinished
from tfragan.atomic_file import restore_folder
from tfragan.atomic_file import write_atomically
from tfragan.folder_lock import folder_lock
from tfragan.folder_lock import is_held
from tfragan.json_text import parse_json
from tfragan.place import local_path
from tfragan.regular_file import read_regular


class RunFolder:
    """Paths and records of one run.

    ```
    config.json      the resolved configuration
    vocabulary.txt   the words that the run began with
    log.txt          what the command line said
    metrics.jsonl    one JSON object a line: step, epoch, time, numbers; or a
                     measurement
    tensorboard/     event files
    checkpoints/     tf.train.CheckpointManager
    samples/         pictures, <kind>_<step>.png
    best/, final/    presets
    index.html       the result page
    .lock            who trains in it now
    ```

    Usable wherever a path is expected.

    Args:
        path: the folder; `create()` makes it.
    """

    def __init__(self, path):
        self.path = local_path(path)

    def __fspath__(self):
        return str(self.path)

    def __repr__(self):
        return f"RunFolder({str(self.path)!r})"

    @property
    def config_path(self):
        """Where the resolved configuration is."""
        return self.path / "config.json"

    @property
    def vocabulary_path(self):
        """The vocabulary that the run began with, if it has one."""
        return self.path / "vocabulary.txt"

    @property
    def log_path(self):
        """Where the command line's log is."""
        return self.path / "log.txt"

    @property
    def metrics_path(self):
        """Where the numbers are."""
        return self.path / "metrics.jsonl"

    @property
    def tensorboard_path(self):
        """The folder of TensorBoard's event files."""
        return self.path / "tensorboard"

    @property
    def checkpoints_path(self):
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def samples_path(self):
        """The folder of the pictures."""
        return self.path / "samples"

    @property
    def best_path(self):
        """The preset with the best value of a metric."""
        return self.path / "best"

    @property
    def final_path(self):
        """The preset at the end of training."""
        return self.path / "final"

    def preset_path(self):
        """The preset to use: `best` before `final`, or the folder itself.

        Only a DAMSM has a `best`: by its R-precision on held-out pairs.

        Returns:
            A `pathlib.Path`; None where none of them holds weights.
        """
        for folder in (self.best_path, self.final_path, self.path):
            if (folder / "model.weights.h5").is_file():
                return folder
        return None

    @property
    def page_path(self):
        """The result page."""
        return self.path / "index.html"

    def sample_path(self, kind, step):
        """Where a picture of a step is.

        Args:
            kind: such as "grid" or "attention".
            step: the global step.
        """
        return self.samples_path / f"{kind}_{step:06d}.png"

    def create(self):
        """Makes the folder and those of the pictures; returns itself."""
        self.samples_path.mkdir(parents=True, exist_ok=True)
        return self

    def lock(self):
        """A context in which no other process trains in the folder.

        Within it, this process may enter it again.

        Raises:
            FolderInUseError: naming the process that trains in it.
        """
        return folder_lock(
            self._lock_path, f"{self.path} is being trained in", again=True
        )

    @property
    def _lock_path(self):
        return self.path / ".lock"

    def check_it_is_there(self):
        """Makes sure that nobody has removed the folder while it is locked.

        Raises:
            FileNotFoundError: it is gone, or another one is in its place.
        """
        if is_held(self._lock_path) and not self._lock_path.exists():
            raise FileNotFoundError(
                f"{self.path} was removed while it was trained in: its "
                f"{self._lock_path.name} is gone"
            )

    def remove_leftovers(self):
        """Removes what a killed training has left half written.

        To be called while the folder is locked.
        """
        for folder in (self.path, self.checkpoints_path, self.samples_path):
            remove_unfinished(folder)
        for preset in (self.best_path, self.final_path):
            restore_folder(preset)

    def write_config(self, config):
        """Writes the resolved configuration.

        Args:
            config: a dict that JSON can hold.
        """
        text = json.dumps(config, indent=2, sort_keys=True)
        write_atomically(self.config_path, f"{text}\n")

    def read_config(self):
        """The configuration written before.

        Returns:
            A dict.

        Raises:
            ValueError: where there is none or it is no JSON object.
        """
        try:
            config = parse_json(read_regular(self.config_path))
        except FileNotFoundError:
            raise ValueError(
                f"{self.path} is not a run folder: it holds no config.json"
            ) from None
        except ValueError as error:
            raise ValueError(
                f"{self.config_path} is not valid JSON: {error}"
            ) from None
        if not isinstance(config, dict):
            raise ValueError(
                f"{self.config_path} has to hold a JSON object. Received: "
                f"{type(config).__name__}"
            )
        return config

    def append_metrics(self, step, values, epoch=None, time=None):
        """Appends one line to the metrics.

        Args:
            step: the global step.
            values: dict of floats; those that are not finite become null,
                for which JSON has a word.
            epoch: optional, may be a fraction.
            time: optional, seconds of training so far.
        """
        record: dict = {"step": int(step)}
        if epoch is not None:
            record["epoch"] = round(float(epoch), 4)
        if time is not None:
            record["time"] = round(float(time), 2)
        for key, value in values.items():
            value = float(value)
            record[key] = value if math.isfinite(value) else None
        line = json.dumps(record).encode() + b"\n"
        self.check_it_is_there()
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            with open(self.metrics_path, "ab") as file:
                file.write(line)
        except OSError as error:
            # A full disk does not say it.
            error.filename = str(self.metrics_path)
            raise

    def read_metrics(self):
        """All records of training written so far.

        A last line that was cut off by a kill is left out, and so are
        measurements, which `tfragan.evaluation.read_measurements` reads.

        Returns:
            A list of dicts, each with an int "step".
        """
        return [record for record in self._records() if "metric" not in record]

    def truncate_metrics(self, step):
        """Drops what was recorded after a step, and any broken line.

        Args:
            step: the last global step to keep.
        """
        if not self.metrics_path.exists():
            return
        kept = [
            json.dumps(record) + "\n"
            for record in self._records()
            if record["step"] <= step
        ]
        write_atomically(self.metrics_path, "".join(kept))

    def _records(self):
        try:
            lines = read_regular(self.metrics_path).splitlines()
        except FileNotFoundError:
            return []
        records = []
        for line in lines:
            try:
                record = parse_json(line)
            except ValueError:
                continue
            if isinstance(record, dict) and _is_record(record):
                records.append(record)
        return records


def _is_record(record):
    """Whether a line has the numbers that this package reads."""
    return type(record.get("step")) is int and not isinstance(
        record.get("time", 0.0), str | bool | list | dict
    )


def flatten_config(config, prefix=""):
    """The values of a nested config by their dotted keys.

    Tuples have become lists, as JSON has them.
    """
    flat = {}
    for key in sorted(config):
        value = config[key]
        if hasattr(value, "items") and value:
            flat.update(flatten_config(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = (
                list(value) if isinstance(value, tuple) else value
            )
    return flat


def differing_keys(first, second):
    """The sorted keys at which two dicts differ, or that one of them lacks."""
    missing = object()
    return sorted(
        key
        for key in first.keys() | second.keys()
        if first.get(key, missing) != second.get(key, missing)
    )
