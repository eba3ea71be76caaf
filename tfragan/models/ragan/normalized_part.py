"""What layers and networks of RAGAN with normalizations share."""

from tfragan.models.ragan.ragan_initializers import check_normalization
from tfragan.models.ragan.ragan_initializers import scale_initializer


class NormalizedPart:
    """A layer or network whose normalizations are of one kind.

    It comes in front of the Keras class among the bases.

    Args:
        normalization: `"instance"` or `"batch"`.
        scale_start: `"uniform"` or `"ones"`, see
            `CentralBiasingNormalization`.
        **kwargs: those of the Keras class.

    Raises:
        ValueError: for another name.
    """

    def __init__(
        self, normalization="instance", scale_start="uniform", **kwargs
    ):
        super().__init__(**kwargs)
        check_normalization(normalization)
        scale_initializer(scale_start)
        self.normalization = normalization
        self.scale_start = scale_start

    def part_options(self):
        """Keyword arguments of a part of this part."""
        return {
            "normalization": self.normalization,
            "scale_start": self.scale_start,
            "dtype": self.dtype_policy,
        }

    def get_config(self):
        """The arguments of the constructor."""
        return {
            **super().get_config(),
            "normalization": self.normalization,
            "scale_start": self.scale_start,
        }
