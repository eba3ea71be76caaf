"""The run's page, kept up to date."""

import time
import warnings

import keras

from tfragan.visualization.result_page import write_result_page

_LARGEST_SHARE = 0.02


class ResultPage(keras.callbacks.Callback):
    """Rewrites `index.html` of the run folder now and then.

    Belongs at the end of the list, after the callbacks whose results it
    shows.

    Args:
        run_folder: a `RunFolder` or a path.
        every_seconds: seconds between two pages at least; more where writing
            takes over a fiftieth of the time.
    """

    def __init__(self, run_folder, every_seconds=60.0):
        super().__init__()
        self.run_folder = run_folder
        self.every_seconds = every_seconds
        self._next = 0.0

    def on_train_begin(self, logs=None):
        """Writes the first page."""
        self.write()

    def on_train_batch_end(self, batch, logs=None):
        """Writes when the page is old."""
        if time.monotonic() >= self._next:
            self.write()

    def on_train_end(self, logs=None):
        """Writes the last page."""
        self.write()

    def write(self):
        """Writes the page now.

        Returns:
            Its path, or None where it could not be written, with a warning.
        """
        start = time.monotonic()
        path = None
        try:
            path = write_result_page(self.run_folder)
        except (OSError, ValueError) as error:
            # Training is worth more than its page.
            warnings.warn(
                f"The result page was not written: {error}", stacklevel=2
            )
        end = time.monotonic()
        pause = max(self.every_seconds, (end - start) / _LARGEST_SHARE)
        self._next = end + pause
        return path
