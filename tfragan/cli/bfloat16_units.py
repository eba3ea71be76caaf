"""Whether this machine has units of its own for bfloat16."""

import pathlib

# In the order in which `tfragan env` prints them.
_UNITS = ("avx512_bf16", "amx_bf16")
# NVIDIA's Ampere is the first with bfloat16.
_FIRST_CAPABILITY = (8, 0)


def cpu_flags():
    """What the processor offers, a set of the names of Linux; else empty."""
    path = pathlib.Path("/proc/cpuinfo")
    if not path.is_file():
        return set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(("flags", "Features")):
            return set(line.partition(":")[2].split())
    return set()


def bfloat16_units():
    """What computes in bfloat16 where models train, list of str.

    Those of the GPUs, where there are any and all have them; otherwise those
    of the processor. Without any, bfloat16 is slower than float32.
    """
    import tensorflow as tf

    gpus = [
        tf.config.experimental.get_device_details(device)
        for device in tf.config.list_physical_devices("GPU")
    ]
    if not gpus:
        flags = cpu_flags()
        return [name for name in _UNITS if name in flags]
    if any(
        gpu.get("compute_capability", (0, 0)) < _FIRST_CAPABILITY
        for gpu in gpus
    ):
        return []
    return sorted({gpu.get("device_name", "GPU") for gpu in gpus})


def fastest_precision():
    """The `config.precision` that is fastest on this machine."""
    return "mixed_bfloat16" if bfloat16_units() else "float32"
