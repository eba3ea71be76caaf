"""Ending a training cleanly when a signal asks for it."""

import signal
import threading

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Stops `fit` after the step during which SIGINT or SIGTERM came.

    A second signal is not waited for: it does what it usually does. Works as
    a context manager around `fit`, so that the handlers are put back. The
    number of the signal is `received`.
    """

    def __init__(self):
        super().__init__()
        self.received = None
        self._before = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *exception):
        self._restore()

    def _receive(self, number, frame):
        self.received = number
        self._restore()

    def _restore(self):
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def on_train_batch_end(self, batch, logs=None):
        if self.received is not None:
            self.model.stop_training = True
