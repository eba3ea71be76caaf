"""Importing TensorFlow without the notes that it prints on its way."""

import contextlib
import os
import sys
import tempfile
import warnings


@contextlib.contextmanager
def quiet_start():
    """Holds back what native code writes to standard error.

    The notes come before TensorFlow obeys any log level. They are printed
    after all where the block raises, and are not held back where the user
    asks for them by `TF_CPP_MIN_LOG_LEVEL=0` or `1`.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") in ("0", "1"):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as notes:
        os.dup2(notes.fileno(), 2)
        try:
            yield
        except BaseException:
            _restore(kept)
            notes.seek(0)
            sys.stderr.write(notes.read().decode("utf-8", "replace"))
            raise
        else:
            _restore(kept)


def start_tensorflow():
    """Imports TensorFlow and Keras and looks for devices, quietly."""
    with quiet_start():
        import keras  # noqa: F401
        import tensorflow as tf

        tf.config.list_physical_devices()
        from tfragan.text import UnknownWordsWarning
    # The verbs say it themselves, once.
    warnings.simplefilter("ignore", UnknownWordsWarning)


def _restore(kept):
    sys.stderr.flush()
    os.dup2(kept, 2)
    os.close(kept)
