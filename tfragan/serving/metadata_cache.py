"""A model's metadata, read once until another version answers."""

import threading


class MetadataCache:
    """Keeps a `ModelMetadata`.

    Args:
        read: function of a deadline that asks the server for it.
        clock: function to seconds that never go back.
        seconds: how long it is believed where answers do not tell their
            version; None for ever.
    """

    def __init__(self, read, clock, seconds=None):
        self._read = read
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._metadata = None
        self._time = 0.0

    def get(self, deadline):
        """The metadata.

        Args:
            deadline: a `Deadline`.

        Returns:
            Tuple of the `ModelMetadata` and whether it was read just now.
        """
        with self._lock:
            metadata, age = self._metadata, self._clock() - self._time
        old = self._seconds is not None and age >= self._seconds
        if metadata is None or old:
            return self.refresh(deadline), True
        return metadata, False

    def refresh(self, deadline):
        """The metadata, read anew."""
        # Not under the lock: slow answers to one thread stop no other.
        metadata = self._read(deadline)
        with self._lock:
            self._metadata, self._time = metadata, self._clock()
        return metadata

    def forget(self):
        """Has it read anew where it is next needed."""
        with self._lock:
            self._metadata = None

    def answered_by(self, version):
        """Forgets what was said of another version.

        Args:
            version: that of an answer, None where it does not tell.
        """
        with self._lock:
            known = self._metadata
            if known is not None and version not in (None, known.version):
                self._metadata = None
