"""The labels that images can have: their names, and the ids in batches."""

import numbers

_NAMES_SHOWN = 10


class LabelNames:
    """Attributes such as "color", each with the labels it can take.

    An image has one label of each attribute. The ids of all attributes are
    numbered through: with 3 labels the first has the ids 0 to 2, the second
    begins at 3.

    Args:
        attributes: Names of the attributes.
        names: For each attribute the names of its labels, in order.

    Raises:
        ValueError: No attribute, one without a label, a name twice, or not
            as many tuples of names as attributes.

    Example:

    >>> labels = LabelNames(["color", "size"], [["blue", "red"], ["big"]])
    >>> labels.num_labels, labels.ids_of(["red", "big"])
    (3, (1, 2))
    >>> labels.names_of([1, 2])
    ('red', 'big')
    """

    def __init__(self, attributes, names):
        self.attributes = tuple(attributes)
        self.names = tuple(tuple(group) for group in names)
        if not self.attributes or len(self.attributes) != len(self.names):
            raise ValueError(
                "`names` must hold the labels of each of `attributes`, at "
                f"least one. Received: attributes={self.attributes}, "
                f"names of {len(self.names)}"
            )
        _check_unique(self.attributes, "`attributes`")
        for attribute, group in zip(self.attributes, self.names, strict=True):
            _check_unique(group, f"The labels of {attribute!r}")

    def __eq__(self, other):
        if not isinstance(other, LabelNames):
            return NotImplemented
        return (self.attributes, self.names) == (other.attributes, other.names)

    def __hash__(self):
        return hash((self.attributes, self.names))

    def __repr__(self):
        counts = ", ".join(
            f"{attribute!r} with {len(group)}"
            for attribute, group in zip(
                self.attributes, self.names, strict=True
            )
        )
        return f"<LabelNames: {counts}>"

    @property
    def num_labels(self):
        """Number of labels of all attributes together."""
        return sum(map(len, self.names))

    @property
    def offsets(self):
        """The first id of each attribute, as a tuple."""
        counts = [len(group) for group in self.names]
        return tuple(sum(counts[:place]) for place in range(len(counts)))

    def ids_of(self, labels):
        """The ids of an image's labels.

        Args:
            labels: A label for each attribute, by name or by id: a list in
                the order of `attributes`, or a dict from attributes; a
                single name where there is one attribute.

        Returns:
            Tuple of ints, one for each attribute.

        Raises:
            ValueError: A label is missing, unknown, or of another attribute.
        """
        labels = self._in_order(labels)
        return tuple(
            self._id_of(place, label) for place, label in enumerate(labels)
        )

    def names_of(self, label_ids):
        """The names of an image's labels.

        Args:
            label_ids: The id of each attribute, in the order of
                `attributes`.

        Returns:
            Tuple of names.

        Raises:
            ValueError: An id is out of the range of its attribute, or not
                as many ids as attributes.
        """
        ids = self.ids_of([int(label_id) for label_id in label_ids])
        return tuple(
            group[label_id - offset]
            for label_id, offset, group in zip(
                ids, self.offsets, self.names, strict=True
            )
        )

    def _in_order(self, labels):
        if isinstance(labels, dict):
            if set(labels) == set(self.attributes):
                return [labels[attribute] for attribute in self.attributes]
            labels = tuple(labels)
        else:
            single = isinstance(labels, str | numbers.Integral)
            labels = [labels] if single else list(labels)
            if len(labels) == len(self.attributes):
                return labels
        raise ValueError(
            "One label is expected for each attribute, "
            f"{', '.join(self.attributes)}. Received: "
            f"{', '.join(map(str, labels)) or 'none'}"
        )

    def _id_of(self, place, label):
        attribute, group = self.attributes[place], self.names[place]
        offset = self.offsets[place]
        if isinstance(label, numbers.Integral):
            if not offset <= label < offset + len(group):
                raise ValueError(
                    f"The ids of {attribute!r} are {offset} to "
                    f"{offset + len(group) - 1}. Received: {label}"
                )
            return int(label)
        if label not in group:
            raise ValueError(
                f"The labels of {attribute!r} are {_shown(group)}. "
                f"Received: {label!r}"
            )
        return offset + group.index(label)


def _shown(group):
    more = len(group) - _NAMES_SHOWN
    shown = ", ".join(group[:_NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _check_unique(names, what):
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"{what} have to be one or more different names. "
            f"Received: {', '.join(map(str, names)) or 'none'}"
        )
