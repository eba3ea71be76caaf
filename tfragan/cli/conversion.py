"""The work of `tfragan convert`."""

import pathlib

from tfragan.convert.weight_map import first_names

_MOST_NAMES = 10
_SMOOTHING = {"auto": None, "on": True, "off": False}


def convert(arguments):
    """Reads published files and writes a preset with its report.

    Args:
        arguments: the parsed command line.
    """
    if arguments.checkpoint:
        model, reports, remarks = _convert_ugatit(arguments)
    else:
        model, reports, remarks = _reader(arguments).convert(arguments)
    name = type(model).__name__
    output = model.save_to_preset(
        arguments.output,
        f"# {name}\n\nConverted from published files, see conversion.txt.\n",
    )
    text = [f"{source}: {report}" for source, report in reports.items()]
    pathlib.Path(output, "conversion.txt").write_text(
        "\n\n".join([*text, *remarks]) + "\n", encoding="utf-8"
    )
    for source, report in reports.items():
        _print(source, report)
    for remark in remarks:
        print(remark)
    print(f"{name} in {output}, report in conversion.txt")


def _reader(arguments):
    """The module that reads the files of models with a generator."""
    if arguments.config is not None or not arguments.generator:
        from tfragan.cli import attngan_conversion

        return attngan_conversion
    from tfragan.cli import ragan_conversion

    if ragan_conversion.is_asked_for(arguments):
        return ragan_conversion
    from tfragan.cli import one_stage_conversion

    return one_stage_conversion


def _print(source, report):
    print(f"{source}: {report.summary()}")
    told = {}
    for name in report.unused:
        told.setdefault(report.notes.get(name), []).append(name)
    names = [*told.pop(None, []), *report.missing]
    for note, noted in told.items():
        print(f"  {first_names(noted)}: {note}")
    for name in names[:_MOST_NAMES]:
        print(f"  {name}")
    if len(names) > _MOST_NAMES:
        print(f"  and {len(names) - _MOST_NAMES} more, see conversion.txt")


def _convert_ugatit(arguments):
    from tfragan.convert.ugatit_conversion import convert_ugatit

    model, reports = convert_ugatit(
        arguments.checkpoint,
        arguments.image_size or None,
        _SMOOTHING[arguments.smoothing],
    )
    kind = "light" if model.light else "full"
    remarks = [
        f"{kind} model of the variant {model.variant}, for images of "
        f"{model.image_size} pixels, after {int(model.global_step.numpy()):,} "
        "steps"
    ]
    if model.light and not arguments.image_size:
        remarks.append(
            "the files do not tell the image size: --image_size sets another"
        )
    if model.variant == "tensorflow1" and arguments.smoothing == "auto":
        remarks.append(
            "0.1 is taken off rho, as some rho exceeds 0.9: --smoothing=off "
            "leaves it as it is"
            if model.smoothing
            else "nothing is taken off rho, as none exceeds 0.9: "
            "--smoothing=on takes off 0.1"
        )
    without = [name for name, report in reports.items() if report.untouched]
    if without:
        remarks.append(
            f"{', '.join(without)}: weights as built, which is enough to "
            "translate"
        )
    return model, reports, remarks
