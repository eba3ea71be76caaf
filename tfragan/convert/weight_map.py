"""Published tensors and our variables: names, shapes and layouts."""

import dataclasses

import numpy as np

from tfragan.choice import check_choice

# Name of a report of what belongs to no network.
OTHER_ENTRIES = "other entries of the file"


class ConversionError(ValueError):
    """A published file does not fit the model it was read for."""


def _axes(*order):
    """A layout of other axes: published to ours, and back."""
    back = tuple(int(axis) for axis in np.argsort(order))
    return (
        lambda array: np.transpose(array, order),
        lambda array: np.transpose(array, back),
    )


def _swap_first_gates(array, axis=-1):
    """Exchanges the first two of three gate blocks (reset and update)."""
    reset, update, new = np.split(array, 3, axis=axis)
    return np.concatenate([update, reset, new], axis=axis)


def _pointwise_to_keras(array):
    # (out, in, 1, 1) -> (in, out)
    if array.ndim != 4 or array.shape[2:] != (1, 1):
        raise ValueError("not a 1x1 convolution")
    return np.transpose(array[:, :, 0, 0])


def _channel_to_keras(array):
    # (1, channels, 1, 1) -> (channels,)
    if array.ndim != 4 or array.size != array.shape[1]:
        raise ValueError("not one number for a channel")
    return np.reshape(array, -1)


def _row_to_keras(array):
    # (1, length) -> (length,)
    if array.ndim != 2 or array.shape[0] != 1:
        raise ValueError("not a row")
    return array[0]


def _scalar_to_keras(array):
    # (1,) -> ()
    if array.shape != (1,):
        raise ValueError("not one number")
    return array[0]


_AS_IT_IS = (lambda array: array,) * 2
# layout: (published -> ours, ours -> published)
LAYOUTS = {
    "vector": _AS_IT_IS,
    "table": _AS_IT_IS,
    "dense": _axes(1, 0),
    "recurrent": _axes(1, 0),
    "conv2d": _axes(2, 3, 1, 0),
    "pointwise": (
        _pointwise_to_keras,
        lambda array: np.transpose(array)[:, :, np.newaxis, np.newaxis],
    ),
    "depthwise": _axes(2, 3, 0, 1),
    "gru_kernel": (
        lambda array: _swap_first_gates(np.transpose(array), axis=1),
        lambda array: np.transpose(_swap_first_gates(array, axis=1)),
    ),
    "gru_bias": (_swap_first_gates,) * 2,
    "channel": (
        _channel_to_keras,
        lambda array: np.reshape(array, (1, -1, 1, 1)),
    ),
    "scalar": (_scalar_to_keras, lambda array: array[np.newaxis]),
    "row": (_row_to_keras, lambda array: array[np.newaxis]),
}

# How several published tensors make one of our variables.
_COMBINE = ("one", "stack", "append")


@dataclasses.dataclass(frozen=True)
class WeightEntry:
    """One of our variables and the published tensors that it comes from.

    Args:
        keys: published names; more than one only with `combine`.
        variable: our `keras.Variable`.
        layout: a key of `LAYOUTS`, or a pair of functions like its values.
        combine: `"one"`, `"stack"` (the two GRU bias vectors, which Keras
            keeps as two rows) or `"append"` (a matrix and a vector, which is
            kept as the last row of the matrix).
    """

    keys: tuple
    variable: object
    layout: str | tuple = "vector"
    combine: str = "one"

    def __post_init__(self):
        if isinstance(self.keys, str):
            object.__setattr__(self, "keys", (self.keys,))
        if isinstance(self.layout, str):
            check_choice("layout", self.layout, LAYOUTS)
        check_choice("combine", self.combine, _COMBINE)

    def _converters(self):
        if isinstance(self.layout, str):
            return LAYOUTS[self.layout]
        return self.layout

    def from_published(self, tensors):
        """Our value from the list of published tensors, in order of `keys`."""
        convert = self._converters()[0]
        if self.combine == "append":
            matrix, vector = (np.asarray(tensor) for tensor in tensors)
            return np.concatenate([convert(matrix), vector[np.newaxis]])
        arrays = [convert(np.asarray(tensor)) for tensor in tensors]
        if self.combine == "stack":
            return np.stack(arrays)
        return arrays[0]

    def to_published(self, array):
        """Dict of published name to array, for a value or a gradient."""
        convert = self._converters()[1]
        array = np.asarray(array)
        if self.combine == "append":
            matrix, vector = self.keys
            return {matrix: convert(array[:-1]), vector: array[-1]}
        if self.combine == "stack":
            return {
                key: convert(row)
                for key, row in zip(self.keys, array, strict=True)
            }
        return {self.keys[0]: convert(array)}


@dataclasses.dataclass(frozen=True)
class ConversionReport:
    """What became of every tensor of a published file.

    Attributes:
        mapped: list of `(published name, published shape, our name)`.
        unused: published names that no variable asked for.
        missing: published names that the file lacks.
        notes: dict of published name to a sentence: what was changed about
            it, or why it was not used.
        untouched: our names of variables that nothing was assigned to.
    """

    mapped: list
    unused: list
    missing: list
    notes: dict = dataclasses.field(default_factory=dict)
    untouched: list = dataclasses.field(default_factory=list)

    @classmethod
    def of_untouched(cls, *networks):
        """The report of networks that there is no tensor for."""
        untouched = [weight.path for net in networks for weight in net.weights]
        return cls([], [], [], untouched=untouched)

    @classmethod
    def of_ignored(cls, ignored):
        """The report of entries of no network: a dict of name to reason."""
        return cls([], list(ignored), [], dict(ignored))

    def summary(self):
        """How many tensors were mapped, and how many not, in one line."""
        return (
            f"{len(self.mapped)} tensors mapped, {len(self.unused)} unused, "
            f"{len(self.missing)} missing"
        )

    def __str__(self):
        lines = [self.summary()]
        lines += [
            self._noted(f"  mapped   {key} {tuple(shape)} -> {ours}", key)
            for key, shape, ours in self.mapped
        ]
        lines += [self._noted(f"  unused   {key}", key) for key in self.unused]
        lines += [f"  missing  {key}" for key in self.missing]
        lines += [f"  as built {ours}" for ours in self.untouched]
        return "\n".join(lines)

    def _noted(self, line, key):
        return f"{line}: {self.notes[key]}" if key in self.notes else line


def load_state_dict(
    entries, state_dict, source="state dict", strict=True, idle=None
):
    """Assigns published tensors to our variables.

    Nothing is assigned before every name, shape and value has been checked.

    Args:
        entries: list of `WeightEntry`.
        state_dict: dict of published name to array.
        source: how errors call the file.
        strict: whether missing tensors are an error.
        idle: dict of the only tensors that may go unused to the reason, for
            the report; by default any may.

    Returns:
        A `ConversionReport`.

    Raises:
        ConversionError: a tensor is missing (with `strict`), goes unused
            without being `idle`, is of a shape that does not fit, or holds
            a number that is not finite; the sentence names the tensor.
    """
    assignments, mapped, missing, used = [], [], [], set()
    for entry in entries:
        absent = [key for key in entry.keys if key not in state_dict]
        used.update(entry.keys)
        if absent:
            missing += absent
            continue
        tensors = [state_dict[key] for key in entry.keys]
        value = _checked_value(entry, tensors, source)
        assignments.append((entry.variable, value))
        mapped += [
            (key, np.shape(tensor), entry.variable.path)
            for key, tensor in zip(entry.keys, tensors, strict=True)
        ]
    unused = [key for key in state_dict if key not in used]
    if missing and strict:
        raise ConversionError(
            f"{source} lacks {len(missing)} tensors that the model needs: "
            f"{first_names(missing)}."
        )
    strange = [key for key in unused if idle is not None and key not in idle]
    if strange:
        raise ConversionError(
            f"{source} holds {len(strange)} tensors that the model does not "
            f"have: {first_names(strange)}."
        )
    for variable, value in assignments:
        variable.assign(value)
    notes = {key: idle[key] for key in unused} if idle else {}
    return ConversionReport(mapped, unused, missing, notes)


def first_names(names, most=5):
    """Names for a sentence, which stops after a few."""
    names = [str(name) for name in names]
    return ", ".join([*names[:most], *(["..."] if names[most:] else [])])


def _checked_value(entry, tensors, source):
    expected = tuple(entry.variable.shape)
    try:
        value = entry.from_published(tensors)
    except ValueError:
        value = None
    if value is None or value.shape != expected:
        name = " + ".join(entry.keys)
        received = tuple(np.shape(tensors[0]))
        raise ConversionError(
            f"{source}: tensor {name} of shape {received} does not fit "
            f"{entry.variable.path} of shape {expected}."
        )
    named = dict(zip(entry.keys, tensors, strict=True))
    check_finite(named, source, entry.variable.dtype)
    return value


def check_finite(tensors, source, dtype="float32"):
    """Refuses tensors that hold NaN or infinity, by their names.

    A large number may be infinite in the `dtype` of the variables.
    """
    with np.errstate(over="ignore"):
        bad = [
            name
            for name, tensor in tensors.items()
            if not np.isfinite(np.asarray(tensor, dtype)).all()
        ]
    if bad:
        raise ConversionError(
            f"{source}: tensor {first_names(bad)} holds numbers that are not "
            "finite."
        )


def layer_entries(layers, prefix="", layout=None):
    """Entries of convolutions, linear layers and normalizations.

    Args:
        layers: dict of published name, without a dot at its end, to a built
            layer of these kinds, with a bias or without, spectrally normalized
            as PyTorch does it or not; or to None.
        prefix: published name in front of all.
        layout: that of the kernels, see `WeightEntry`; by default that of
            their rank.
    """
    entries = []
    for name, layer in layers.items():
        if layer is None:
            continue
        name = prefix + name
        if hasattr(layer, "moving_mean"):
            entries += batch_normalization_entries(layer, name)
            continue
        kernel = layer.kernel
        is_matrix = len(kernel.shape) == 2
        of_kernel = layout or ("dense" if is_matrix else "conv2d")
        if hasattr(layer, "u"):
            of_v = "vector"
            if not is_matrix:
                of_v = singular_vector_layout(kernel.shape[:-1])
            entries += [
                WeightEntry(f"{name}.weight_orig", kernel, of_kernel),
                WeightEntry(f"{name}.weight_u", layer.u),
                WeightEntry(f"{name}.weight_v", layer.v, of_v),
            ]
        else:
            entries.append(WeightEntry(f"{name}.weight", kernel, of_kernel))
        if layer.bias is not None:
            entries.append(WeightEntry(f"{name}.bias", layer.bias))
    return entries


def batch_normalization_entries(layer, prefix):
    """Entries of a batch normalization under a PyTorch name."""
    variables = {
        "weight": layer.gamma,
        "bias": layer.beta,
        "running_mean": layer.moving_mean,
        "running_var": layer.moving_variance,
    }
    return [
        WeightEntry(f"{prefix}.{name}", variable)
        for name, variable in variables.items()
        if variable is not None
    ]


def singular_vector_layout(shape):
    """The layout of the right vector of a spectrally normalized kernel.

    Published: (in, height, width), flattened; here: (height, width, in).
    """
    height, width, channels = shape

    def to_keras(array):
        published = np.reshape(array, (channels, height, width))
        return np.reshape(np.transpose(published, (1, 2, 0)), -1)

    def to_published(array):
        ours = np.reshape(array, (height, width, channels))
        return np.reshape(np.transpose(ours, (2, 0, 1)), -1)

    return to_keras, to_published
