"""Importing this refuses a backend of Keras other than TensorFlow."""

import os


def require_tensorflow(backend):
    """Refuses another backend with an `ImportError` of one sentence."""
    if backend != "tensorflow":
        raise ImportError(
            "tfragan needs Keras on TensorFlow: set KERAS_BACKEND=tensorflow "
            f"before Keras is imported. Received: KERAS_BACKEND={backend}"
        )


# Before Keras looks for a backend that may not be installed.
require_tensorflow(os.environ.get("KERAS_BACKEND") or "tensorflow")

import keras  # noqa: E402

# `keras.json` may name another one.
require_tensorflow(keras.backend.backend())
