"""What the command line says instead of a traceback."""

import difflib

BAD_INPUT = 2
FAILED = 1
_LONGEST = 300


class UsageError(ValueError):
    """Flags, a config or a run folder that cannot be used as given."""


class TrainingStopped(Exception):
    """A signal ended the training after a checkpoint was written.

    The exit code is 128 plus the number of the signal.
    """

    def __init__(self, message, exit_code):
        super().__init__(message)
        self.exit_code = exit_code


def sentence(error):
    """The one sentence for an error of the input, None for any other error.

    Errors of the input are values that cannot be used, missing or unreadable
    files, images that have changed since they were looked at, and packages
    that are not installed, from any module.
    """
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{name}"
    if isinstance(error, (ValueError, OSError, ImportError)):
        return _one_line(error)
    if type(error).__module__.startswith("tensorflow."):
        # A folder that may only be read, as TensorFlow's own writers find it.
        if type(error).__name__ == "PermissionDeniedError":
            return " ".join(error.message.split())[:_LONGEST]
        return _damaged_image(error)
    return None


def _damaged_image(error):
    """The sentence for batches that an image is missing from, or None."""
    from tfragan.data.bad_items import damaged_image
    from tfragan.data.decodable_images import forget_decodable
    from tfragan.data.image_inspection import damage_of
    from tfragan.data.image_split import EncodedImage

    found = damaged_image(error)
    if found is None:
        return None
    forget_decodable()
    path, key = found
    if path.endswith(".tfrecord"):
        return (
            f"{path} is damaged at image {key!r}, or gone: prepare the data "
            "again"
        )
    # Of copies in the cache the path does not tell.
    name = path if key in path else f"{path} ({key})"
    return f"{name}: {damage_of(EncodedImage(key, path))}"


def failure(error):
    """The sentence for a training that went wrong, None for other errors."""
    if isinstance(error, RuntimeError) and type(error).__module__.startswith(
        "tfragan."
    ):
        return _one_line(error)
    return None


def _one_line(error):
    return " ".join(str(error).split())


def did_you_mean(name, known):
    """A sentence `" Did you mean '<known name>'?"`, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
