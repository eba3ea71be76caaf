"""The flags of all verbs: one name, one meaning, one type."""

import dataclasses
import textwrap

from absl import flags

_WIDTH = 78


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag of the vocabulary.

    Args:
        kind: `"string"`, `"integer"`, `"number"`, `"boolean"`, `"strings"`
            (may be repeated), `"choice"` or `"config"`.
        help: what the flag does, as a phrase.
        metavar: the name of the value in the help.
        default: the value when the flag is not given.
        choices: the admitted values of a `"choice"`.
        positional: whether arguments that are no flags are its values, too;
            of `"strings"` only.
    """

    kind: str
    help: str
    metavar: str = ""
    default: object = None
    choices: tuple = ()
    positional: bool = False


VOCABULARY = {
    "config": Flag(
        "config",
        "experiment: the name of a file in tfragan.configs or a path, with "
        "`:tiny` for a few seconds' trial",
        "NAME[:ARG]",
    ),
    "workdir": Flag("string", "run folder", "FOLDER"),
    "data": Flag(
        "string",
        "data set: a folder, or one of emoji, emoji:twemoji, shapes",
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
        "string", "text file (UTF-8) with one caption a line", "FILE"
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
    "output": Flag("string", "where the results go", "FOLDER"),
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


def define(names):
    """Flags for the named entries of the vocabulary.

    Args:
        names: dict of flag name to the verb's own help text, or None for the
            vocabulary's; a `Flag` stands for a flag of that verb alone.

    Returns:
        An `absl.flags.FlagValues` of its own, not yet parsed.
    """
    values = flags.FlagValues()
    values.set_gnu_getopt(True)
    for name, entry in _entries(names).items():
        _DEFINE[entry.kind](name, entry, values)
    return values


def positional(names):
    """The flag that takes the arguments which are no flags, or None.

    Args:
        names: as for `define`.
    """
    for name, entry in _entries(names).items():
        if entry.positional:
            return name
    return None


def describe(names):
    """The help lines of the named flags.

    Args:
        names: as for `define`.

    Returns:
        A string, one paragraph a flag.
    """
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
    entries = {}
    for name, own in names.items():
        if isinstance(own, Flag):
            entries[name] = own
        elif own is None:
            entries[name] = VOCABULARY[name]
        else:
            entries[name] = dataclasses.replace(VOCABULARY[name], help=own)
    return entries


def _define_string(name, entry, values):
    flags.DEFINE_string(name, entry.default, entry.help, flag_values=values)


def _define_integer(name, entry, values):
    flags.DEFINE_integer(name, entry.default, entry.help, flag_values=values)


def _define_number(name, entry, values):
    flags.DEFINE_float(name, entry.default, entry.help, flag_values=values)


def _define_boolean(name, entry, values):
    flags.DEFINE_boolean(name, entry.default, entry.help, flag_values=values)


def _define_strings(name, entry, values):
    flags.DEFINE_multi_string(
        name, list(entry.default), entry.help, flag_values=values
    )


def _define_choice(name, entry, values):
    flags.DEFINE_enum(
        name, entry.default, entry.choices, entry.help, flag_values=values
    )


def _define_config(name, entry, values):
    """The values of a config are defined once its file is known."""
    flags.DEFINE_string(name, None, entry.help, flag_values=values)


_DEFINE = {
    "string": _define_string,
    "integer": _define_integer,
    "number": _define_number,
    "boolean": _define_boolean,
    "strings": _define_strings,
    "choice": _define_choice,
    "config": _define_config,
}
