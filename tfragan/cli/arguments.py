"""From a verb's command line to its flags and its config."""

import pathlib

from absl import flags

from tfragan.cli import config_file
from tfragan.cli import vocabulary
from tfragan.cli.errors import UsageError
from tfragan.cli.similar import did_you_mean

CONFIG_JSON = "config.json"


class Arguments:
    """The parsed command line of a verb; flags are its attributes.

    Args:
        values: parsed `absl.flags.FlagValues`.
        config: the resolved config, None for verbs without one.
        default: the config as its file gives it.
        given: set of the names of the flags that were given.
    """

    def __init__(self, values, config=None, default=None, given=()):
        self._values = values
        self.config = config
        self.default_config = default
        self.given = frozenset(given)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._values, name)

    def require(self, *names):
        """Raises `UsageError` for the first of the flags that is missing."""
        for name in names:
            if not getattr(self, name):
                raise UsageError(f"--{name} is required.")

    def refuse(self, names, subject):
        """Raises `UsageError` for the first of the flags that was given.

        Args:
            names: of flags that mean nothing here.
            subject: what they mean nothing for, in words.
        """
        for name in names:
            if name in self.given:
                raise UsageError(f"--{name} says nothing about {subject}.")


def parse(names, argv):
    """Parses the command line of a verb.

    Args:
        names: the verb's flags, as for `vocabulary.define`.
        argv: list of str, the program's name and its arguments.

    Returns:
        `Arguments`.

    Raises:
        UsageError: with one sentence, for whatever is wrong.
    """
    try:
        return _parse(names, argv)
    except flags.UnrecognizedFlagError as error:
        name = error.flagname
        raise UsageError(
            f"there is no flag --{name}.{did_you_mean(name, names)}"
        ) from error
    except flags.Error as error:
        raise UsageError(" ".join(str(error).split())) from error


def _parse(names, argv):
    default = None
    if "config" in names:
        # The config has to be known before its keys can be parsed.
        first = vocabulary.define(names)
        first(argv, known_only=True)
        default = _default_config(first)
        argv = _without_config(argv)
    values = vocabulary.define(
        {name: own for name, own in names.items() if name != "config"}
    )
    if default is None:
        config = None
        rest = values(argv)[1:]
    else:
        config = default.copy_and_resolve_references().lock()
        rest = config_file.override(config, argv, values)
    given = {name for name in values if values[name].present}
    if rest:
        taker = vocabulary.positional(names)
        if taker is None:
            raise UsageError(
                f"unexpected argument {rest[0]!r}: flags are written "
                "--name=value."
            )
        values[taker].value = [*values[taker].value, *rest]
        given.add(taker)
    return Arguments(values, config, default, given)


def _default_config(values):
    if values.config is not None:
        return config_file.load(values.config)
    workdir = values.workdir if "workdir" in values else None
    if workdir and (pathlib.Path(workdir) / CONFIG_JSON).is_file():
        return config_file.read(pathlib.Path(workdir) / CONFIG_JSON)
    return None


def _without_config(argv):
    arguments = []
    skip = False
    for argument in argv:
        if skip:
            skip = False
        elif argument in ("--config", "-config"):
            skip = True
        elif not argument.startswith(("--config=", "-config=")):
            arguments.append(argument)
    return arguments
