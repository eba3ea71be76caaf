"""Serves SavedModels on this machine, for trying them out.

Speaks TensorFlow Serving's REST, so that what works here works with a real
server, and has a page to try models on; it is not meant for production. The
models are loaded with TensorFlow alone, in a process that cannot import
tfragan. A model is given as NAME=FOLDER, a folder of versions as `tfragan
export` writes it, or as FOLDER, whose last part is the name. The newest
version is served. A preset that `tfragan presets` lists can be named in place
of a folder; it is exported to the cache folder first.

When it is ready, a line of JSON tells the port. /v1/models lists the models.
SIGTERM and Ctrl-C end it. It answers only requests to this machine's own name,
from its own page, with application/json. Requests that are too large are
refused at once. Each is a line on standard error: time, client, what was
asked, status and seconds.

Examples:
  tfragan serve serving/birds
  tfragan serve attngan_avatars
  tfragan serve --model=birds=serving/birds --model=photos=serving/photos
  tfragan serve serving/birds --rest_port=0 --quiet
  curl http://127.0.0.1:8501/v1/models/birds:predict \\
      -H 'Content-Type: application/json' \\
      -d '{"instances": [{"caption": "a red bird", "seed": 0}]}'
"""

import importlib.util
import json
import os
import pathlib
import re
import sys

from tfragan import local_server
from tfragan.cli.errors import UsageError
from tfragan.cli.flags import Flag
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.data.cache_folder import build_once
from tfragan.data.cache_folder import cache_folder
from tfragan.place import local_path
from tfragan.place import version_numbers
from tfragan.presets import preset_folder
from tfragan.presets import preset_names
from tfragan.version import __version__

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
    options = options_of(arguments)
    if importlib.util.find_spec("aiohttp") is None:
        raise ImportError(
            'serving needs aiohttp: pip install "tfragan[serving]".'
        )
    sys.stdout.flush()
    script = pathlib.Path(local_server.__file__).with_name("server.py")
    # With -P nothing beside the script hides another module.
    os.execve(
        sys.executable,
        [sys.executable, "-P", str(script), json.dumps(options)],
        {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
    )


def options_of(arguments):
    """What the server is told: a dict of its `Options`."""
    arguments.require("model")
    options = {name: getattr(arguments, name) for name in FLAGS}
    options["models"] = _models(options.pop("model"))
    for name, (least, most) in _NUMBERS.items():
        if not least <= options[name] <= most:
            raise UsageError(
                f"--{name}: expected {least} to {most}, received "
                f"{options[name]}."
            )
    options["max_body"] = int(options["max_body"] * 2**20)
    return options


def _models(entries):
    """Dict of name to the folder of the newest version."""
    models: dict = {}
    for entry in entries:
        name, found, folder = entry.partition("=")
        if not found:
            name, folder = local_path(entry).resolve().name, entry
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--model={entry}: expected a name of letters, digits, '_', "
                f"'.' and '-', received {name!r}."
            )
        if name in models:
            raise UsageError(f"--model={entry}: the name {name} is taken.")
        path = local_path(folder)
        if not path.is_dir() and folder in preset_names():
            path = _exported(folder)
        if not path.is_dir():
            raise UsageError(f"--model={entry}: there is no folder {folder}.")
        # One that is being copied may have no graph yet.
        versions = [
            number
            for number in version_numbers(path)
            if (path / str(number) / "saved_model.pb").is_file()
        ]
        if not versions:
            raise UsageError(
                f"--model={entry}: expected a SavedModel in a folder of its "
                f"version, such as {path / '1'}, found none."
            )
        models[name] = str(path.resolve() / str(max(versions)))
    return models


def _exported(name):
    """The folder of the only version of a preset, exported once."""
    start_tensorflow()
    from tfragan import export
    from tfragan import models
    from tfragan.models.preset import weights_file_sha256

    def write(folder):
        print(f"exporting {name} for the first time", file=sys.stderr)
        export.saved_model(models.load(preset), folder)

    preset = preset_folder(name)
    key = f"{name}-{__version__}-{weights_file_sha256(preset)[:16]}"
    return pathlib.Path(
        build_once(os.path.join(cache_folder(), "exports", key), write)
    )
