"""What the signatures of a SavedModel take and give."""

import dataclasses

DEFAULT_SIGNATURE = "serving_default"
# Inputs and outputs with such a name hold files.
FILE_SUFFIX = "_bytes"


@dataclasses.dataclass(frozen=True)
class TensorSpec:
    """An input or an output.

    Attributes:
        dtype: TensorFlow's name of the type, such as `"string"`.
        shape: tuple of int or None, None where even the rank is free.
    """

    dtype: str
    shape: tuple | None

    @property
    def has_rows(self):
        """Whether the first dimension is free."""
        return self.shape is not None and self.shape[:1] == (None,)

    def describe(self):
        """Dict of what JSON can hold."""
        shape = None if self.shape is None else list(self.shape)
        return {"dtype": self.dtype, "shape": shape}


@dataclasses.dataclass(frozen=True)
class Signature:
    """One thing that can be asked of a model.

    Attributes:
        name: its name.
        inputs: dict of name to `TensorSpec`.
        outputs: dict of name to `TensorSpec`.
    """

    name: str
    inputs: dict
    outputs: dict

    @property
    def is_batchable(self):
        """Whether requests can be computed together and taken apart again.

        The first dimension has to be free everywhere and, of outputs, no
        other one: one that depends on the neighbours would change an answer.
        """
        outputs = self.outputs.values()
        return (
            bool(self.inputs)
            and all(spec.has_rows for spec in self.inputs.values())
            and all(spec.has_rows for spec in outputs)
            and all(None not in spec.shape[1:] for spec in outputs)
        )

    def describe(self):
        """Dict of what JSON can hold."""
        return {
            "inputs": {k: v.describe() for k, v in self.inputs.items()},
            "outputs": {k: v.describe() for k, v in self.outputs.items()},
        }


def row_count(arrays):
    """The rows of a request's inputs, None where they do not agree.

    Args:
        arrays: dict of name to array.
    """
    if any(array.ndim == 0 for array in arrays.values()):
        return None
    counts = {len(array) for array in arrays.values()}
    return counts.pop() if len(counts) == 1 else None
