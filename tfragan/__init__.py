"""Attention GANs in Keras.

The subpackages load on first use, so that `import tfragan` and the command
line's `--help` do not wait for TensorFlow.
"""

import importlib

from tfragan.version import __version__

_SUBPACKAGES = (
    "callbacks",
    "convert",
    "data",
    "distribution",
    "evaluation",
    "export",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "presets",
    "serving",
    "text",
    "visualization",
)

__all__ = ["__version__", *_SUBPACKAGES]


def __getattr__(name):
    if name in _SUBPACKAGES:
        return importlib.import_module(f"tfragan.{name}")
    raise AttributeError(f"module 'tfragan' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
