"""An unpickler that calls nothing but what it is given."""

import collections
import pickle


class ArchiveError(ValueError):
    """A file is damaged, or holds something else than tensors."""


# The unpickler written in Python: the one in C lets a single opcode of the
# file reserve tens of gigabytes for its table of earlier objects.
class RestrictedUnpickler(pickle._Unpickler):
    """Reads dicts, lists, strings, numbers and what a subclass admits.

    The file only gets to call the functions of `admitted`, so that opening it
    cannot run code.

    Args:
        file: binary file at the start of a pickle.
        source: how errors call the file.
        admitted: dict of `(module, name)` to function.
        encoding: how strings of Python 2 are read.
    """

    error = ArchiveError

    def __init__(self, file, source, admitted, encoding="utf-8"):
        super().__init__(file, encoding=encoding)
        self._source = source
        self._admitted = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            **admitted,
        }

    def find_class(self, module, name):
        """The admitted function of that name."""
        admitted = self._admitted.get((module, name))
        if admitted is None:
            raise self.error(
                f"{self._source} is refused: it asks for {module}.{name}, and "
                "only tensors in plain containers are admitted."
            )
        return admitted

    def persistent_load(self, pid):
        """Refuses what lies outside of the pickle."""
        raise self.error(
            f"{self._source} is refused: expected tensors in plain "
            f"containers, received an outside object {pid!r:.80}."
        )

    def load(self):
        """The pickled object.

        Raises:
            ArchiveError: something else than tensors is asked for, or the
                pickle is damaged.
        """
        try:
            return super().load()
        except ArchiveError:
            raise
        # A damaged pickle raises nearly anything: IndexError, MemoryError, ...
        except Exception as error:
            raise self.error(
                f"{self._source} is damaged or cut short: reading its "
                f"contents failed with {type(error).__name__}."
            ) from error
