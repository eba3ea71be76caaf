"""Serves SavedModels on this machine, for trying them out.

Speaks TensorFlow Serving's REST, so that what works here works with a real
server, and has a page to try models on; it is not meant for production. The
models are loaded with TensorFlow alone, in a process that cannot import
tfragan. A model is given as NAME=FOLDER, a folder of versions as `tfragan
export` writes it, or as FOLDER, whose last part is the name. The newest
version is served.

When it is ready, a line of JSON tells the port. /v1/models lists the models.
SIGTERM and Ctrl-C end it. It answers only requests to this machine's own name,
from its own page, with application/json. Requests that are too large are
refused at once. Each is a line on standard error: time, client, what was
asked, status and milliseconds.

Examples:
  tfragan serve serving/birds
  tfragan serve --model=birds=serving/birds --model=photos=serving/photos
  tfragan serve serving/birds --rest_port=0 --quiet
  curl http://127.0.0.1:8501/v1/models/birds:predict \\
      -H 'Content-Type: application/json' \\
      -d '{"instances": [{"caption": "a red bird", "seed": 0}]}'
"""

import dataclasses
import importlib.util
import json
import math
import os
import pathlib
import re
import sys

from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag

USAGE = "[NAME=]FOLDER ... [flags]"
FLAGS = {
    "model": Flag(
        "strings",
        "folder of a model's versions, with the name it is served under; may "
        "be repeated",
        "[NAME=]FOLDER",
        [],
        positional=True,
    ),
    "host": Flag("string", "address to listen on", "ADDRESS", "127.0.0.1"),
    "rest_port": Flag(
        "integer", "port for REST; 0 for any free one", "N", 8501
    ),
    "max_rows": Flag("integer", "most rows of a request", "N", 64),
    "max_body": Flag("number", "most MiB of a request", "X", 32.0),
    "max_text": Flag(
        "integer", "most bytes of a string, files aside", "N", 10_000
    ),
    "max_pixels": Flag(
        "integer",
        "most pixels of all images of a request together",
        "N",
        4096 * 4096,
    ),
    "deadline": Flag("number", "seconds that a request may take", "X", 60.0),
    "quiet": Flag("boolean", "no line for each request", default=False),
}
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
# Smallest and largest value of each number.
_NUMBERS = {
    "rest_port": (0, 65535),
    "max_rows": (1, 2**31),
    "max_body": (0.001, 2047),
    "max_text": (0, 2**31),
    "max_pixels": (1, 2**40),
    "deadline": (0.001, 86_400),
}


def run(arguments):
    """Becomes the process that serves, until a signal comes."""
    from tfragan.local_server import server

    options = options_of(arguments)
    if importlib.util.find_spec("aiohttp") is None:
        raise ImportError(
            'serving needs aiohttp: pip install "tfragan[serving]".'
        )
    sys.stdout.flush()
    # With -P nothing beside the script hides another module.
    os.execv(
        sys.executable,
        [
            *(sys.executable, "-P", server.__file__),
            json.dumps(dataclasses.asdict(options)),
        ],
    )


def options_of(arguments):
    """What the server is told.

    Args:
        arguments: `Arguments` of `tfragan serve`.

    Returns:
        `Options`.

    Raises:
        UsageError: a flag cannot be used as given.
    """
    from tfragan.local_server.server import Options

    arguments.require("model")
    models = _models(arguments.model)
    numbers = {}
    for name, (least, most) in _NUMBERS.items():
        value = getattr(arguments, name)
        if not (math.isfinite(value) and least <= value <= most):
            raise UsageError(
                f"--{name}: expected {least} to {most}, received {value}."
            )
        numbers[name] = value
    numbers["max_body"] = int(numbers["max_body"] * 2**20)
    return Options(
        models, host=arguments.host, quiet=arguments.quiet, **numbers
    )


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
        if not any(one.name.isdigit() for one in path.iterdir()):
            raise UsageError(
                f"--model={entry}: expected folders of versions, such as "
                f"{path / '1'}, found none."
            )
        models[name] = str(path.resolve())
    return models
