"""How the weights of RAGAN start."""

import keras

NORMALIZATIONS = ("instance", "batch")

# Normalization scales start at random, as in PyTorch before 0.4, or at one.
_SCALE_STARTS = {
    "uniform": lambda: keras.initializers.RandomUniform(0.0, 1.0),
    "ones": keras.initializers.Ones,
}


def xavier_normal():
    """A new initializer of a kernel: normal, variance 4 / (fans in and out).

    Returns:
        A Keras initializer. Each kernel needs its own, or they would start
        with the same numbers.
    """
    return keras.initializers.VarianceScaling(
        2.0, mode="fan_avg", distribution="untruncated_normal"
    )


def scale_initializer(scale_start):
    """A new initializer of a normalization's scale.

    Args:
        scale_start: `"uniform"` or `"ones"`.

    Returns:
        A Keras initializer.

    Raises:
        ValueError: for another name.
    """
    if scale_start not in _SCALE_STARTS:
        raise ValueError(
            f"scale_start must be one of {', '.join(_SCALE_STARTS)}. "
            f"Received: scale_start={scale_start!r}"
        )
    return _SCALE_STARTS[scale_start]()


def check_normalization(normalization):
    """Raises a `ValueError` for a normalization that does not exist."""
    if normalization not in NORMALIZATIONS:
        raise ValueError(
            f"normalization must be one of {', '.join(NORMALIZATIONS)}. "
            f"Received: normalization={normalization!r}"
        )
