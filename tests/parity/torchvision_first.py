"""A plugin of pytest that imports torchvision before TensorFlow.

The other way round the builds of PyPI end the process. Plugins named by `-p`
are imported before any conftest, which brings TensorFlow.
"""

import importlib.util

_OPERATORS = ("nms", "qnms")
_libraries = []


def _import_torchvision():
    """Imports it beside a PyTorch for which its compiled part is not built.

    The tools compared with import it, and need none of that part. Without it
    two operators are not declared, which stops the import.
    """
    if not all(map(importlib.util.find_spec, ("torch", "torchvision"))):
        return
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        import torch

        library = torch.library.Library("torchvision", "DEF")
        for name in _OPERATORS:
            library.define(
                f"{name}(Tensor dets, Tensor scores, float threshold) -> Tensor"
            )
        # It lives as long as its declarations.
        _libraries.append(library)


_import_torchvision()
