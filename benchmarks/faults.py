"""Kills, full disks and damaged files, against `tfragan train`.

python -m benchmarks.faults
python -m benchmarks.faults --kills=25 --families=damsm,ragan --seed=1

Trains tiny models and kills them by SIGKILL at random moments: while they
start, while they train, as soon as a checkpoint, a picture or a line of numbers
is being written, and while the last preset is. In the end weights, optimizers,
numbers and pictures have to equal those of a run that nothing happened to. A
run on a disk that is too small has to end with a sentence and to go on when
there is room; a damaged file has to be made up for or named. Ends with status 1
where anything was otherwise.

Processes are forked from this one, which has imported TensorFlow and never
computes with it: so it has no threads that a fork would lose. Works on Linux; a
small disk needs the right to mount one.
"""

import argparse
import collections
import contextlib
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import h5py
import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context

from tfragan.callbacks.checkpoint_and_resume import saved_checkpoints
from tfragan.cli import experiment  # noqa: F401
from tfragan.cli import sample  # noqa: F401
from tfragan.cli import train  # noqa: F401
from tfragan.cli.main import main as tfragan

FAMILIES = {
    "damsm": ["--config=damsm_emoji:tiny"],
    "ugatit": ["--config=ugatit_emoji:tiny"],
    "ragan": ["--config=ragan_emoji:tiny"],
    "ssagan": [
        "--config=ssagan_emoji:tiny",
        "--config.damsm=untrained:damsm_emoji:tiny",
    ],
}
# For each kill, so that the last ones still meet a training.
_STEPS = {"damsm": 40, "ugatit": 20, "ragan": 20, "ssagan": 20}
# Its runs have all kinds of files, and its presets paint.
WITH_DAMAGES = "ssagan"
# A kill comes when this changes in the run folder, or at any time.
MOMENTS = ("", "metrics.jsonl", "checkpoints", "checkpoints", "samples")
# Characters of what a campaign with problems said last.
_SHOWN = 5000
_CLOCKS = ("time", "images_per_second", "steps_per_second")
_RESUMING = re.compile(r"resuming at step ([\d,]+)")
_UNFINISHED = "an older checkpoint is taken"
_EQUAL = "goes on, all numbers equal"
# Files of a run that goes on, and of a preset that paints.
_OF_RUN = (
    "config.json",
    "metrics.jsonl",
    "vocabulary.txt",
    "checkpoints/checkpoint",
    "checkpoints/metadata.json",
    "checkpoints/*.index",
    "checkpoints/*.data-*",
)
_OF_PRESET = ("config.json", "vocabulary.txt", "model.weights.h5")


def forked(function, *arguments):
    """The id of a new process that calls a function and ends.

    Raises:
        RuntimeError: this process has computed something.
    """
    if getattr(context.context(), "_context_handle", None) is not None:
        raise RuntimeError("TensorFlow has started: its threads cannot fork.")
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        status = function(*arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


def finish(process):
    """The exit status of a process, minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def kill_after(process, path, changes, delay):
    """Kills a process some time after a file or folder has changed.

    Args:
        process: its id.
        path: the file or folder.
        changes: how often it has to change.
        delay: seconds after the last change.

    Returns:
        The exit status; that of its own where it ended before.
    """

    def has_ended():
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, process, how)

    before = _state(path)
    while changes and not has_ended():
        now = _state(path)
        if now != before:
            before, changes = now, changes - 1
        else:
            time.sleep(0.0005)
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)
    return finish(process)


def _state(path):
    """What changes when something is written at a path."""
    try:
        if path.name == "final":
            beside = sorted(path.parent.iterdir())
            return [one.name for one in beside if path.name in one.name]
        return sorted(os.listdir(path))
    except NotADirectoryError:
        return path.stat().st_size
    except FileNotFoundError:
        return None


class Campaign:
    """Runs of one family that have to equal each other.

    Args:
        family: one of `FAMILIES`.
        folder: where they go.
        steps: of each.
    """

    def __init__(self, family, folder, steps):
        self.folder = folder
        self.whole = folder / "whole"
        self._log = folder / "log.txt"
        self._log.touch()
        self._flags = [
            *FAMILIES[family],
            "--noprogress",
            f"--config.steps={steps}",
            "--config.reports.every=1",
            "--config.reports.samples_every=4",
            "--config.reports.checkpoint_every=2",
        ]

    def start(self, *arguments):
        """Starts `tfragan` with arguments."""

        def run():
            with self._log.open("ab", buffering=0) as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            return tfragan(["tfragan", *arguments])

        return forked(run)

    def start_training(self, run):
        """Starts the training in a run folder, or goes on with it."""
        return self.start("train", f"--workdir={run}", *self._flags)

    def train(self, run):
        """Trains to the end; the exit status and what was said."""
        at = self._log.stat().st_size
        return finish(self.start_training(run)), self.said(at)

    def sample(self, preset):
        """Paints a picture; the exit status and what was said."""
        at = self._log.stat().st_size
        options = (f"--workdir={preset}", f"--output={preset}/painted")
        process = self.start("sample", *options, "--caption=red heart")
        return finish(process), self.said(at)

    def said(self, at=0):
        """What was said since the log had a size."""
        return self._log.read_bytes()[at:].decode("utf-8", "replace")

    def differences(self, run, compare=None, other=None):
        """What is otherwise in a run than in the whole one, as phrases."""
        compare, other = compare or _differences, other or self.whole
        answer = self.folder / "answer.json"

        def work():
            answer.write_text(json.dumps(compare(other, run)))

        if finish(forked(work)):
            return ["numbers that cannot be read"]
        return json.loads(answer.read_text())


def _differences(whole, run):
    return [
        *_leftovers(whole, run),
        *_other_lines(whole, run),
        *_other_numbers(whole, run),
    ]


def _leftovers(whole, run):
    names = [
        {
            path.relative_to(folder).as_posix()
            for path in folder.rglob("*")
            if "tensorboard" not in path.parts
        }
        for folder in (run, whole)
    ]
    return [f"leftover {name}" for name in sorted(names[0] - names[1])]


def _other_lines(whole, run):
    lines = []
    for folder in (run, whole):
        rows = (folder / "metrics.jsonl").read_text("utf-8").splitlines()
        try:
            records = [json.loads(row) for row in rows]
        except ValueError as error:
            return [f"line of metrics.jsonl: {error}"]
        for key in _CLOCKS:
            for record in records:
                record.pop(key, None)
        lines.append(records)
    doubled = len(lines[0]) - len(lines[1])
    if doubled:
        return [f"line of metrics.jsonl: {doubled} too many"]
    totals: collections.Counter = collections.Counter()
    problems = []
    for found, expected in zip(*lines, strict=True):
        totals.update(
            {
                key: abs(value)
                for key, value in expected.items()
                if key not in ("step", "epoch")
            }
        )
        if not _is_close(found, expected, totals):
            problems.append(
                f"line of metrics.jsonl: {found}, others {expected}"
            )
    return problems


def _is_close(found, expected, totals):
    """Whether two lines have the same numbers, but for their rounding.

    Keras adds up what a step reports in single precision, and a line is the
    difference of two such sums. After a kill the sum begins at another step,
    so that it rounds otherwise: by some 2**-24 of the sum at each step.
    """
    return found.keys() == expected.keys() and all(
        math.isclose(
            found[key], expected[key], rel_tol=0.0, abs_tol=1e-6 * totals[key]
        )
        for key in expected
    )


def _numbers(run):
    """Every number of the last checkpoint and of the preset, every picture."""
    reader = tf.train.load_checkpoint(str(run / "checkpoints"))
    for name in reader.get_variable_to_shape_map():
        if not name.startswith("_CHECKPOINTABLE"):
            yield name, np.asarray(reader.get_tensor(name)).tobytes()
    names: list = []
    with h5py.File(run / "final" / "model.weights.h5") as file:
        file.visit(names.append)
        for name in names:
            if isinstance(file[name], h5py.Dataset):
                yield f"final/{name}", np.array(file[name]).tobytes()
    for path in (run / "samples").iterdir():
        yield path.name, path.read_bytes()


def _other_numbers(whole, run):
    found, expected = dict(_numbers(run)), dict(_numbers(whole))
    return [
        f"other numbers in {name}"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]


def _other_pictures(whole, copy):
    found, expected = (
        [path.read_bytes() for path in sorted(one.glob("painted/*.png"))]
        for one in (copy, whole)
    )
    return [] if found == expected else ["paints other numbers"]


def kill_often(campaign, kills, draw):
    """Kills a run many times, the last time while it writes its preset.

    Returns:
        Tuple of the kills, of how many starts went on from a checkpoint, and
        of the problems, a list of phrases.
    """
    run, problems, startup = campaign.folder / "killed", [], 15.0
    # A DAMSM draws nothing: a kill would wait for it until the end.
    written = {path.parent.name for path in campaign.whole.rglob("*")}
    moments = [one for one in MOMENTS if one != "samples" or one in written]
    killed = 0
    for number in range(kills):
        saved = max(saved_checkpoints(run / "checkpoints"), default=0)
        at, begin = len(campaign.said().encode()), time.monotonic()
        process = campaign.start_training(run)
        moment = draw.choice(moments)
        if number == kills - 1:
            status = kill_after(process, run / "final", 1, 0.01)
        elif not moment:
            status = kill_after(process, run, 0, draw.uniform(0, startup))
        else:
            changes, delay = draw.randint(1, 6), draw.choice([0, 0.001, 0.1])
            status = kill_after(process, run / moment, changes, delay)
            startup = min(startup, time.monotonic() - begin)
        if status != -signal.SIGKILL:
            problems.append(f"start {number} ended with status {status}")
            break
        killed += 1
        told = campaign.said()[at:]
        for step in _RESUMING.findall(told):
            # A kill within the writing leaves a file that is no checkpoint.
            whole = _UNFINISHED not in told
            if whole and int(step.replace(",", "")) < saved:
                problems.append(f"went on at step {step}, not at {saved}")
    status, said = campaign.train(run)
    if status:
        problems.append(f"the end has status {status}: {_last(said)}")
    else:
        problems += campaign.differences(run)
    return killed, len(_RESUMING.findall(campaign.said())), problems


def _last(said):
    return (said.strip().splitlines() or [""])[-1]


def _answer(campaign, status, said):
    """The sentence that a command ended with; None where it is none."""
    last = _last(said).replace(f"{campaign.folder}/", "").replace("|", "/")
    sound = status == 2 and last.startswith("tfragan ")
    return last if sound and "Traceback" not in said else None


@contextlib.contextmanager
def small_disk(folder, size):
    """A disk of some bytes, in memory, at a folder.

    Yields:
        A function that makes it as large as is needed.
    """

    def mount(options):
        command = ["mount", "-t", "tmpfs", "-o", options, "none", folder]
        subprocess.run(command, check=True)

    folder.mkdir()
    mount(f"size={size}")
    try:
        yield lambda: mount("remount,size=2g")
    finally:
        subprocess.run(["umount", folder], check=True)


def fill_disk(campaign, share):
    """Trains on a disk that is too small, and goes on when it has grown.

    Args:
        campaign: the `Campaign`, with a whole run.
        share: the size as a share of what the run needs.

    Returns:
        Row of the table, and whether it was as it should be.
    """
    needed = sum(path.stat().st_size for path in campaign.whole.rglob("*"))
    disk = campaign.folder / "disk"
    with small_disk(disk, int(share * needed)) as grow:
        status, said = campaign.train(disk / "run")
        grow()
        again, told = campaign.train(disk / "run")
        problems = [_last(told)] if again else []
        problems = problems or campaign.differences(disk / "run")
    disk.rmdir()
    answer = _answer(campaign, status, said)
    after = "; ".join(problems[:2]) or f"with room it {_EQUAL}"
    row = ["disk", f"{share:.0%} of the room", f"{answer} Then {after}", status]
    return row, answer is not None and not problems


def _flip(content, draw):
    content = bytearray(content)
    for place in draw.sample(range(len(content)), min(8, len(content))):
        content[place] ^= 1 << draw.randrange(8)
    return bytes(content)


DAMAGES = {
    "8 bits flipped": _flip,
    "cut": lambda content, draw: content[: draw.randrange(1, len(content))],
    "empty": lambda content, draw: b"",
    "nested": lambda content, draw: b"[" * 100_000,
}


def damage(campaign, source, pattern, kind, draw):
    """Damages a file of a run or preset, and goes on with it.

    Args:
        campaign: the `Campaign`, with a whole run, a half and a painting.
        source: `half` or `whole/final`.
        pattern: of the file in it; the newest is taken.
        kind: one of `DAMAGES`.
        draw: a `random.Random`.

    Returns:
        Row of the table, and whether it was as it should be.
    """
    copy = campaign.folder / "damaged"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(campaign.folder / source, copy)
    file = max(copy.glob(pattern), key=lambda path: path.stat().st_mtime_ns)
    file.write_bytes(DAMAGES[kind](file.read_bytes(), draw))
    if source == "half":
        (status, said), compare = campaign.train(copy), _other_numbers
    else:
        (status, said), compare = campaign.sample(copy), _other_pictures
    answer = _answer(campaign, status, said)
    sound = answer is not None
    if status == 0:
        other = campaign.folder / source.replace("half", "whole")
        answer = "; ".join(campaign.differences(copy, compare, other)[:2])
        sound, answer = not answer, answer or _EQUAL
    name = f"{source}/{file.relative_to(copy)}"
    name = re.sub("^half/|^whole/|[.]data-.*", "", name)
    return [name, kind, answer or _last(said), status], sound


def do_damage(campaign, disks, draw):
    """Fills disks and damages every file in every way.

    Args:
        campaign: a new `Campaign`.
        disks: how many are filled.
        draw: a `random.Random`.

    Yields:
        Row of the table, and whether it was as it should be.
    """
    half = campaign.folder / "half"
    campaign.train(campaign.whole)
    campaign.sample(campaign.whole / "final")
    kill_after(campaign.start_training(half), half / "checkpoints", 6, 0.1)
    places = [("half", name) for name in _OF_RUN]
    places += [("whole/final", name) for name in _OF_PRESET]
    for source, name in places:
        for kind in DAMAGES:
            yield damage(campaign, source, name, kind, draw)
    for _ in range(disks):
        yield fill_disk(campaign, draw.uniform(0.1, 0.95))


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def run_family(family, options, draw):
    """All that is done to one family.

    Returns:
        Tuple of the row of kills, rows of damages, and how many failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        steps = _STEPS[family] * options.kills
        campaign = Campaign(family, pathlib.Path(folder), steps)
        status, said = campaign.train(campaign.whole)
        if status:
            raise RuntimeError(f"{family} does not train: {said}")
        killed, resumed, problems = kill_often(campaign, options.kills, draw)
        counts = [
            sum(one.startswith(kind) for one in problems)
            for kind in ("other numbers", "line", "leftover")
        ]
        unequal = counts[0] or any("the end" in one for one in problems)
        row = [family, killed, resumed, "no" if unequal else "yes"]
        row += counts[1:]
        print(row, *problems, sep="\n", flush=True)
        if problems:
            print(campaign.said()[-_SHOWN:], file=sys.stderr, flush=True)
        damages = []
        if family == WITH_DAMAGES and options.disks:
            short = pathlib.Path(folder, "short")
            short.mkdir()
            campaign = Campaign(family, short, _STEPS[family])
            for one in do_damage(campaign, options.disks, draw):
                damages.append(one)
                print(*one, file=sys.stderr, flush=True)
    failed = len(problems) + sum(not sound for _, sound in damages)
    return row, [row for row, _ in damages], failed


def main(arguments=None):
    """Runs the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--kills", type=int, default=25, help="of a family")
    parser.add_argument("--disks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    draw = random.Random(options.seed)
    kills, damages, failures = [], [], 0
    for family in options.families.split(","):
        row, more, failed = run_family(family, options, draw)
        kills.append(row)
        damages += more
        failures += failed
    head = ["family", "kills", "went on", "equal", "bad lines", "leftovers"]
    print("", _table(head, kills), "", sep="\n")
    if damages:
        print(_table(["file", "damage", "answer", "status"], damages), "\n")
    print(f"{failures} failures")
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
