"""The flags of all verbs, and the command line of one as its arguments.

A flag has one name, one meaning and one type in all verbs.
"""

import dataclasses
import pathlib
import textwrap

from absl import flags

from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.place import PlaceError
from tfragan.place import local_path
from tfragan.presets import preset_folder
from tfragan.run_folder import RunFolder

_WIDTH = 78


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag.

    Args:
        kind: `"string"`, `"integer"`, `"number"`, `"boolean"`, `"strings"`
            (may be repeated), `"path"`, `"paths"`, `"choice"` or `"config"`.
        help: what the flag does, as a phrase.
        metavar: the name of the value in the help.
        default: the value when the flag is not given.
        choices: the admitted values of a `"choice"`.
        positional: whether arguments that are no flags are its values, too;
            of `"strings"` and `"paths"` only.
    """

    kind: str
    help: str
    metavar: str = ""
    default: object = None
    choices: tuple = ()
    positional: bool = False


SHARED_FLAGS = {
    "config": Flag(
        "config",
        "experiment: the name of a file in tfragan.configs or a path, with "
        "`:tiny` for a few seconds' trial",
        "NAME[:ARG]",
    ),
    "workdir": Flag("path", "run folder", "FOLDER"),
    "preset": Flag(
        "string",
        "a preset in place of --workdir: a name that `tfragan presets` lists, "
        "hf://user/repository, or a folder; results go to a folder of its "
        "name unless --output is given",
        "NAME",
    ),
    "data": Flag(
        "string",
        "data set: a folder, or one of avatars, emoji, emoji:twemoji",
        "NAME",
    ),
    "layout": Flag(
        "choice",
        "layout of the data folder",
        default="auto",
        choices=(
            "auto",
            "records",
            "cub",
            "coco",
            "oxford_flowers",
            "image_folder",
            "unpaired",
        ),
    ),
    "split": Flag("string", "split of the data set", "NAME", "test"),
    "caption": Flag("strings", "a caption; may be repeated", "TEXT", []),
    "captions_file": Flag(
        "path", "text file (UTF-8) with one caption a line", "FILE"
    ),
    "captions_per_image": Flag(
        "choice",
        "which captions of the split are taken; drawn is at random without "
        "replacement, --count of them",
        default="first",
        choices=("first", "every", "drawn"),
    ),
    "weights": Flag(
        "path",
        "weights of the network of --features [default: those of the "
        "package, or what keras.applications downloads]",
        "FILE",
    ),
    "seed": Flag("integer", "seed of the random numbers", "N", 0),
    "count": Flag("integer", "number of samples, 0 for all", "N", 0),
    "truncation": Flag(
        "number",
        "factor of noise that is drawn within two standard deviations only, "
        "0.88 as DF-GAN is evaluated [default: noise as in training]",
        "X",
    ),
    "batch_size": Flag("integer", "samples at a time", "N", 16),
    "output": Flag("path", "where the results go", "FOLDER"),
    "dry_run": Flag(
        "boolean", "say what would be done, then stop", default=False
    ),
    "on_bad_item": Flag(
        "choice",
        "what to do with bad images and captions, which are reported by "
        "name either way",
        default="skip",
        choices=("skip", "refuse"),
    ),
    "strategy": Flag(
        "choice",
        "how to use the devices: several workers where TF_CONFIG names them, "
        "replicas on several GPUs, or one device",
        default="auto",
        choices=("auto", "none", "mirrored", "multi_worker"),
    ),
    "override_config": Flag(
        "boolean",
        "resume although the config differs from the run folder's",
        default=False,
    ),
    "progress": Flag("boolean", "show a progress bar", default=True),
}
# For verbs whose pictures should not depend on how many are made.
ONE_AT_A_TIME = Flag(
    "integer",
    "pictures at a time; more are faster and may differ by one level",
    "N",
    1,
)


class _PathParser(flags.ArgumentParser):
    """A path on this machine as absl's flags take it."""

    def parse(self, argument):
        return argument and str(local_path(argument))


def _define_path(name, default, text, flag_values):
    parser = _PathParser()
    flags.DEFINE(parser, name, default, text, flag_values=flag_values)


def _define_paths(name, default, text, flag_values):
    flags.DEFINE_multi(
        _PathParser(),
        flags.ArgumentSerializer(),
        name,
        default,
        text,
        flag_values=flag_values,
    )


_DEFINE: dict = {
    "string": flags.DEFINE_string,
    "integer": flags.DEFINE_integer,
    "number": flags.DEFINE_float,
    "boolean": flags.DEFINE_boolean,
    "strings": flags.DEFINE_multi_string,
    "path": _define_path,
    "paths": _define_paths,
    # The values of a config are defined once its file is known.
    "config": flags.DEFINE_string,
}


def define(names):
    """The named flags, not yet parsed, as an `absl.flags.FlagValues`.

    Args:
        names: dict of flag name to the verb's own help, or None for that of
            all verbs; a `Flag` stands for a flag of that verb alone.
    """
    values = flags.FlagValues()
    values.set_gnu_getopt(True)
    for name, entry in _entries(names).items():
        if entry.kind == "choice":
            flags.DEFINE_enum(
                name,
                entry.default,
                entry.choices,
                entry.help,
                flag_values=values,
            )
        else:
            _DEFINE[entry.kind](
                name, entry.default, entry.help, flag_values=values
            )
    return values


def positional(names):
    """The flag that takes the arguments which are no flags, or None."""
    for name, entry in _entries(names).items():
        if entry.positional:
            return name
    return None


def describe(names):
    """The help lines of the named flags, one paragraph a flag."""
    lines = []
    for name, entry in _entries(names).items():
        value = f"={entry.metavar}" if entry.metavar else ""
        if entry.kind == "choice":
            value = "=" + "|".join(entry.choices)
        elif entry.kind == "boolean":
            name = f"[no]{name}"
        text = entry.help
        if entry.default not in (None, "", [], False):
            text += f" [default: {entry.default}]"
        lines.append(f"  --{name}{value}")
        lines += textwrap.wrap(
            text, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
        )
        if entry.kind == "config":
            lines.append("  --config.KEY=VALUE")
            lines.append("      one value of the experiment, by its path")
    return "\n".join(lines)


def _entries(names):
    return {name: entry(name, own) for name, own in names.items()}


def entry(name, own=None):
    """The `Flag` of a name; `own` is a value of the dict of `define`."""
    if isinstance(own, Flag):
        return own
    shared = SHARED_FLAGS[name]
    return shared if own is None else dataclasses.replace(shared, help=own)


class Arguments:
    """The parsed command line of a verb; flags are its attributes.

    `config` is resolved, None for verbs without one, `default` is the config as
    its file gives it, `given` the set of the names of flags that were given.
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
                instead = name == "workdir" and hasattr(self, "preset")
                also = ", or --preset" if instead else ""
                raise UsageError(f"--{name} is required{also}.")

    def refuse(self, names, subject):
        """Raises `UsageError` for the first of the flags that was given.

        `subject` says in words what they are not used for.
        """
        for name in names:
            if name in self.given:
                raise UsageError(f"--{name} is not used for {subject}.")

    def check_at_least(self, **least):
        """Raises `UsageError` for the first flag that is below its minimum."""
        for name, minimum in least.items():
            value = getattr(self, name)
            if value < minimum:
                raise UsageError(
                    f"--{name} must be at least {minimum}. Received: {value}"
                )

    def output_folder(self, name):
        """The folder that --output names, a `pathlib.Path`.

        Without, it is `name` in --workdir, or in a folder named after --preset.
        """
        folder = pathlib.Path(self.workdir)
        if "preset" in self.given:
            folder = pathlib.Path(folder.name)
        return pathlib.Path(self.output or folder / name)

    def point_to_data(self, config=None):
        """Moves the flags about the data into a config, by default its own."""
        config = self.config if config is None else config
        if self.data:
            config.data.source = self.data
            config.data.layout = "auto"
        if "layout" in self.given:
            config.data.layout = self.layout
        return config


def parse(names, argv):
    """Parses the command line of a verb: its flags, as for `define`, and argv.

    Whatever is wrong is a `UsageError` of one sentence.
    """
    try:
        return _parse(names, argv)
    except flags.UnrecognizedFlagError as error:
        name = error.flagname
        raise UsageError(
            f"there is no flag --{name}.{did_you_mean(name, names)}"
        ) from error
    except (flags.Error, PlaceError) as error:
        raise UsageError(" ".join(str(error).split())) from error


def _parse(names, argv):
    default = None
    if "config" in names:
        # The config has to be known before its keys can be parsed.
        first = define(names)
        first(argv, known_only=True)
        default = _default_config(first)
        argv = _without_config(argv)
    values = define(
        {name: own for name, own in names.items() if name != "config"}
    )
    if default is None:
        config = None
        rest = values(argv)[1:]
    else:
        from tfragan.cli import config_file

        config = default.copy_and_resolve_references().lock()
        rest = config_file.override(config, argv, values)
    given = {name for name in values if values[name].present}
    if rest:
        taker = positional(names)
        if taker is None:
            raise UsageError(
                f"unexpected argument {rest[0]!r}: flags are written "
                "--name=value."
            )
        flag = values[taker]
        rest = [flag.parser.parse(argument) for argument in rest]
        flag.value = [*flag.value, *rest]
        given.add(taker)
    if "preset" in given:
        if "workdir" in given:
            raise UsageError("--preset and --workdir cannot be given together.")
        values["workdir"].value = str(preset_folder(values.preset))
    return Arguments(values, config, default, given)


def _default_config(values):
    from tfragan.cli import config_file

    if values.config is not None:
        return config_file.load(values.config)
    workdir = values.workdir if "workdir" in values else None
    if workdir and RunFolder(workdir).config_path.is_file():
        return config_file.read(workdir)
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
