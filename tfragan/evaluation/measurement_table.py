"""Measurements as a table of text."""


def measurement_table(measurements):
    """One line a metric, one column for each thing that was measured.

    Args:
        measurements: list of `Measurement`.

    Returns:
        str of several lines.
    """
    columns = list(dict.fromkeys(each.of for each in measurements))
    names = list(dict.fromkeys(each.metric for each in measurements))
    values = {(each.metric, each.of): each for each in measurements}
    rows = [["", *columns]]
    for name in names:
        cells = [values.get((name, of)) for of in columns]
        rows.append(
            [name, *("" if cell is None else cell.in_words() for cell in cells)]
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def error_kinds(measurements):
    """What the numbers after +- are, a sentence, or "" without any.

    Args:
        measurements: list of `Measurement`.
    """
    by_kind: dict[str, list[str]] = {}
    for each in measurements:
        if each.error_kind:
            names = by_kind.setdefault(each.error_kind, [])
            if each.metric not in names:
                names.append(each.metric)
    if not by_kind:
        return ""
    if len(by_kind) == 1:
        return f"+- is the {next(iter(by_kind))}."
    *others, most = sorted(by_kind, key=lambda kind: len(by_kind[kind]))
    told = [f"of {', '.join(by_kind[kind])} the {kind}" for kind in others]
    return f"+- is the {most}, {'; '.join(told)}."
