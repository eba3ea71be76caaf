"""Dispatches `tfragan <verb>`; TensorFlow is imported by the verbs' work."""

import importlib
import os
import sys

from tfragan.cli import flags
from tfragan.cli.errors import BAD_INPUT
from tfragan.cli.errors import FAILED
from tfragan.cli.errors import TrainingStopped
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.cli.errors import failure
from tfragan.cli.errors import sentence
from tfragan.version import __version__

VERBS = (
    "prepare",
    "train",
    "sample",
    "translate",
    "edit",
    "colorize",
    "evaluate",
    "compare",
    "report",
    "export",
    "serve",
    "request",
    "deploy",
    "convert",
    "presets",
    "env",
    "completion",
)

_BEGINNING = """usage: tfragan <verb> [flags]

Five commands to begin with; preset and data come with the package:

  tfragan sample --preset=attngan_avatars --caption="a person with a pink bob"
  tfragan train --config=damsm_avatars --workdir=runs/damsm
  tfragan train --config=attngan_avatars --config.damsm=runs/damsm \\
      --workdir=runs/faces
  tfragan evaluate --workdir=runs/faces
  tfragan export --workdir=runs/faces --output=serving/faces

tfragan --help          all verbs
tfragan <verb> --help   what the verb does, its flags, examples

A name with :tiny, as --config=damsm_avatars:tiny, is a trial of seconds."""

_HELP = ("-h", "-help", "--help", "help")


def main(argv=None):
    """Runs the command line, by default that of the process.

    The exit status is 0, 2 for bad input, 128 plus the signal's number where a
    signal ended a training, 1 for a training that went wrong.
    """
    # Errors of native code come as exceptions; the rest is noise.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    argv = list(sys.argv if argv is None else argv)
    if len(argv) < 2:
        print(_BEGINNING, file=sys.stderr)
        return BAD_INPUT
    verb, rest = argv[1], argv[2:]
    if verb in _HELP:
        print(
            _verb_help(rest[0])
            if rest[:1] and rest[0] in VERBS
            else _overview()
        )
        return 0
    if verb == "--version":
        print(f"tfragan {__version__}")
        return 0
    try:
        return _run(verb, rest)
    except TrainingStopped as stop:
        print(f"tfragan {verb}: {stop}", file=sys.stderr)
        return stop.exit_code
    except Exception as error:
        if os.environ.get("TFRAGAN_TRACEBACK"):
            raise
        text = sentence(error) or failure(error)
        if text is None:
            raise
        print(f"tfragan {verb}: {text}", file=sys.stderr)
        return BAD_INPUT if sentence(error) else FAILED


def _run(verb, rest):
    if verb not in VERBS:
        raise UsageError(
            f"there is no such verb.{did_you_mean(verb, VERBS)} "
            f"The verbs are: {', '.join(VERBS)}."
        )
    if any(argument in _HELP[:3] for argument in rest):
        print(_verb_help(verb))
        return 0
    # Models of one's own may be in the current folder.
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())
    module = _module(verb)
    return module.run(flags.parse(module.FLAGS, [verb, *rest])) or 0


def _module(verb):
    return importlib.import_module(f"tfragan.cli.{verb}")


def _overview():
    lines = ["usage: tfragan <verb> [flags]", "", "verbs:"]
    for verb in VERBS:
        summary = _module(verb).__doc__.strip().splitlines()[0]
        lines.append(f"  {verb:<11}{summary}")
    lines += [
        "",
        "tfragan <verb> --help   what the verb does, its flags, examples",
        "tfragan --version       the version",
        "",
        "Bad input ends with exit status 2 and one sentence;",
        "TFRAGAN_TRACEBACK=1 shows where it was found.",
    ]
    return "\n".join(lines)


def _verb_help(verb):
    module = _module(verb)
    return "\n".join(
        [
            f"usage: tfragan {verb} {module.USAGE}",
            "",
            module.__doc__.strip(),
            "",
            "Flags:",
            flags.describe(module.FLAGS),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
