"""Starts the server in a process that has TensorFlow but not tfragan.

usage: python -P launch.py '<options as JSON>'

With `-P` the script's folder stays off the path, so that none of its modules
hides another one.
"""

import importlib
import importlib.util
import pathlib
import sys

PACKAGE = "local_server"


def isolate():
    """Makes this folder the package `local_server`, and tfragan unfindable."""
    folder = pathlib.Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        PACKAGE,
        folder / "__init__.py",
        submodule_search_locations=[str(folder)],
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    # An import of a name that stands for None fails, wherever it is installed.
    sys.modules["tfragan"] = None  # type: ignore[assignment]
    spec.loader.exec_module(package)


if __name__ == "__main__":
    isolate()
    sys.exit(importlib.import_module(f"{PACKAGE}.main").main(sys.argv[1:]))
