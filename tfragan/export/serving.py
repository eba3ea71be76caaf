"""What saving a model needs to know about its class."""

from tfragan.export.row_computation import RowComputation


class Serving:
    """What is served of one model, and how it is compared with the model.

    A subclass takes the model and its own options, and sets `signatures`, a
    tuple of names.

    Args:
        model: the model.
        row_by_row: whether a row of a request gives the same bytes whatever
            else is in it.
        float16: whether weights are kept in half precision.
        jit_compile: whether XLA compiles what is computed of a row.
    """

    signatures: tuple = ()

    def __init__(
        self, model, row_by_row=True, float16=False, jit_compile=False
    ):
        self.model = model
        self.row_by_row = row_by_row
        self.float16 = float16
        self.jit_compile = jit_compile

    def module(self):
        """What is saved.

        Returns:
            A `tf.Module` with the list `weights`, each variable once, and one
            `tf.function` a signature, under its name.
        """
        raise NotImplementedError

    def verify(self, path):
        """Compares a written SavedModel with the model.

        Args:
            path: folder of one version.

        Returns:
            A `Parity`.
        """
        raise NotImplementedError

    def computation(self, networks):
        """The `RowComputation` of the networks that are served."""
        return RowComputation(
            networks, self.row_by_row, self.float16, self.jit_compile
        )

    def warmup_requests(self, samples=None):
        """Requests that a server answers before it takes others.

        Args:
            samples: what the requests are made of, by default what the
                export is compared with.

        Returns:
            List of pairs of the signature and a dict of arrays by name.
        """
        raise NotImplementedError

    def metadata(self):
        """What `export.json` tells besides what it tells of every model.

        Returns:
            Dict of what JSON can hold.
        """
        return {}
