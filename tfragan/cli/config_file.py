"""Experiment configs: found by name, overridden by flags, kept as JSON."""

import pathlib
import runpy
import sys

import ml_collections
from ml_collections import config_flags

from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.cli.quiet_start import start_tensorflow
from tfragan.place import local_path
from tfragan.run_folder import RunFolder
from tfragan.run_folder import flatten_config

_NO_EXPERIMENTS = ("_", "defaults")


def config_folder():
    """The folder of `tfragan.configs`."""
    from tfragan import configs

    return pathlib.Path(str(configs.__file__)).parent


def config_names():
    """The names of the experiments that come with the package, sorted."""
    return sorted(
        path.stem
        for path in config_folder().glob("*.py")
        if not path.stem.startswith(_NO_EXPERIMENTS)
    )


def load(name):
    """The config of an experiment file, a locked `ConfigDict`.

    Args:
        name: a path ending in `.py` or the bare name of a file in
            `tfragan.configs`, either with `:argument` for `get_config`.
    """
    stem, _, argument = name.partition(":")
    path = _path(stem)
    # The defaults of a network are those of its class.
    start_tensorflow()
    # The model may be in a file beside the config.
    if path.parent != config_folder() and str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    content = runpy.run_path(str(path), run_name=f"config_{path.stem}")
    if "get_config" not in content:
        raise UsageError(f"{path} defines no get_config(arg).")
    try:
        config = content["get_config"](*([argument] if argument else []))
    except ValueError as error:
        raise UsageError(f"--config={name}: {error}") from error
    return config.lock()


def _path(stem):
    if stem.endswith(".py"):
        path = local_path(stem)
        if path.is_file():
            return path
        raise UsageError(f"--config={stem}: there is no such file.")
    path = config_folder() / f"{stem}.py"
    if path.is_file() and not stem.startswith(_NO_EXPERIMENTS):
        return path
    names = config_names()
    raise UsageError(
        f"--config={stem}: there is no such experiment."
        f"{did_you_mean(stem, names)} The experiments are: "
        f"{', '.join(names)}; a file of your own is named by its path."
    )


def override(config, arguments, flag_values):
    """Applies `--config.key=value` arguments to a config, with their types.

    The config is changed in place. Other flags, `flag_values`, are parsed
    together with the overrides; what is no flag is returned.
    """
    try:
        config_flags.DEFINE_config_dict(
            "config", config, flag_values=flag_values, sys_argv=arguments
        )
        return flag_values(arguments)[1:]
    except (AttributeError, KeyError) as error:
        raise UsageError(_unknown_key(config, arguments, error)) from error


def _unknown_key(config, arguments, error):
    known = flatten_config(config)
    for argument in arguments:
        name = argument.lstrip("-").partition("=")[0]
        name = name.removeprefix("no")
        key = name.removeprefix("config.")
        if not name.startswith("config.") or key in known:
            continue
        if any(other.startswith(f"{key}.") for other in known):
            continue
        return (
            f"--config.{key}: the config has no such key."
            f"{did_you_mean(key, known)}"
        )
    return str(error)


def describe(config, default):
    """The config as text, a line a value, with what was changed marked.

    Such as `batch_size = 16 [default: 20]`; `default` is the config as its
    file gives it.
    """
    defaults = flatten_config(default)
    missing = object()
    lines = []
    for key, value in flatten_config(config).items():
        line = f"{key} = {value!r}"
        usual = defaults.get(key, missing)
        if usual is missing:
            line += " [not in the file]"
        elif usual != value:
            line += f" [default: {usual!r}]"
        lines.append(line)
    return "\n".join(lines)


def read(folder):
    """The config that a run was started with, a locked `ConfigDict`."""
    values = RunFolder(folder).read_config()
    return ml_collections.ConfigDict(_tuples(values)).lock()


def _tuples(value):
    """JSON knows lists only; configs hold tuples only."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value
