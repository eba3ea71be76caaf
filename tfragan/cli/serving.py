"""The work of `tfragan serve`: checking its flags, minding its process."""

import json
import math
import pathlib
import re
import signal
import sys
import threading

from tfragan.cli.errors import UsageError
from tfragan.local_server.errors import ServerError
from tfragan.local_server.options import Options
from tfragan.local_server.process import ServerProcess
from tfragan.local_server.process import require_packages
from tfragan.local_server.served_model import version_folders

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_LARGEST_PORT = 65535
_MEBIBYTE = 2**20
# Smallest value of each number.
_NUMBERS = {
    "rest_port": 0,
    "grpc_port": 0,
    "poll": 0.01,
    "workers": 1,
    "max_batch": 1,
    "batch_timeout_ms": 0,
    "max_queue": 1,
    "max_rows": 1,
    "max_text": 0,
    "max_image_side": 1,
    "deadline": 0.001,
    "grace": 0,
}


def options_of(arguments):
    """What the server is told.

    Args:
        arguments: `Arguments` of `tfragan serve`.

    Returns:
        `Options`.

    Raises:
        UsageError: a flag cannot be used as given.
    """
    arguments.require("model")
    models = _models(arguments.model)
    numbers = {}
    for name, least in _NUMBERS.items():
        value = getattr(arguments, name)
        if not (math.isfinite(value) and value >= least):
            raise UsageError(
                f"--{name}: expected at least {least}, received {value}."
            )
        numbers[name] = value
    for name in ("rest_port", "grpc_port"):
        if numbers[name] > _LARGEST_PORT:
            raise UsageError(
                f"--{name}: expected at most {_LARGEST_PORT}, received "
                f"{numbers[name]}."
            )
    if not 0 < arguments.max_body <= 2047:
        raise UsageError(
            "--max_body: expected more than 0 and at most 2047 MiB, received "
            f"{arguments.max_body}."
        )
    if numbers["max_queue"] < numbers["max_rows"]:
        raise UsageError(
            f"--max_queue: expected at least --max_rows={arguments.max_rows}, "
            f"received {arguments.max_queue}."
        )
    return Options(
        models={name: str(folder) for name, folder in models.items()},
        labels=_labels(arguments.labels, models),
        host=arguments.host,
        max_body=int(arguments.max_body * _MEBIBYTE),
        quiet=arguments.quiet,
        **numbers,
    )


def serve(options):
    """Runs a server until it ends; signals are passed on to it.

    Args:
        options: `Options`.

    Returns:
        Its exit status.

    Raises:
        ImportError: a package that it needs is not installed.
        UsageError: it cannot start.
    """
    require_packages()
    stop = threading.Event()
    servers: list = []

    def pass_on(number, frame):
        stop.set()
        for server in servers:
            server.ask_to_stop()

    before = {
        number: signal.signal(number, pass_on)
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    if sys.stderr.isatty():
        # A person waits for up to a minute.
        names = ", ".join(sorted(options.models))
        print(f"loading {names} ...", file=sys.stderr, flush=True)
    try:
        with ServerProcess(options, stop=stop) as server:
            servers.append(server)
            print(json.dumps(server.announcement), flush=True)
            if stop.is_set():
                server.ask_to_stop()
            return server.wait()
    except ServerError as error:
        if stop.is_set():
            return 0
        raise UsageError(str(error)) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _models(entries):
    """Dict of name to folder."""
    models: dict = {}
    for entry in entries:
        name, found, folder = entry.partition("=")
        if not found:
            name, folder = pathlib.Path(entry).resolve().name, entry
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--model={entry}: expected a name of letters, digits, '_', "
                f"'.' and '-', received {name!r}."
            )
        if name in models:
            raise UsageError(f"--model={entry}: the name {name} is taken.")
        path = pathlib.Path(folder)
        if not path.is_dir():
            raise UsageError(f"--model={entry}: there is no folder {folder}.")
        if not version_folders(path):
            raise UsageError(
                f"--model={entry}: expected folders of versions, such as "
                f"{path / '1'}, found none."
            )
        models[name] = path.resolve()
    return models


def _labels(entries, models):
    """Dict of a model's name to a dict of label to version."""
    labels: dict = {}
    for entry in entries:
        name, _, pairs = entry.partition("=")
        if name not in models:
            raise UsageError(
                f"--labels={entry}: expected NAME=LABEL:VERSION,... with the "
                f"name of a model ({', '.join(models)}), received {name!r}."
            )
        there = version_folders(models[name])
        for pair in pairs.split(","):
            label, _, number = pair.partition(":")
            if not (_NAME.fullmatch(label) and re.fullmatch(r"\d+", number)):
                raise UsageError(
                    f"--labels={entry}: expected LABEL:VERSION, received "
                    f"{pair!r}."
                )
            if int(number) not in there:
                raise UsageError(
                    f"--labels={entry}: {models[name]} has no version {number}."
                )
            labels.setdefault(name, {})[label] = int(number)
    return labels
