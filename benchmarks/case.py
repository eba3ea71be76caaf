"""What a measurement is, and how the cases are written down."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Published:
    """What was reported of the published PyTorch code on two cores.

    Attributes:
        fraction: its rate as a fraction of a matrix product's.
        gigabytes: its peak memory, or None.
    """

    fraction: float
    gigabytes: float | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """A measurement that has processes of its own.

    Attributes:
        name: how it is chosen.
        table: the table it is a row of.
        text: what it measures, for people.
        steps: functions `module.function`, one process each, one after
            another; they share a folder and add to one row.
        options: keyword arguments of the functions.
        published: a `Published`, or None.
        consumers: cases of training that a pipeline feeds.
        default: whether it is measured when nothing is chosen.
    """

    name: str
    table: str
    text: str
    steps: tuple
    options: dict
    published: Published | None = None
    consumers: tuple = ()
    default: bool = True


def training_case(
    name,
    text,
    batch_size,
    subject,
    published=None,
    also=(),
    default=True,
    **options,
):
    options.update(subject=subject, batch_size=batch_size)
    steps = ("training.train", *also)
    return Case(
        name, "training", text, steps, options, published, default=default
    )


def generator_case(name, text, batch_size, published, **options):
    """A case of a generator by itself.

    Args:
        name: beginning of the name; the batch size follows.
        text: see `Case`.
        batch_size: images of a call.
        published: the published fraction, or None.
        **options: keyword arguments of the subject, and its name.
    """
    options["batch_size"] = batch_size
    return Case(
        f"{name}_batch{batch_size}",
        "generator",
        text,
        ("training.generate",),
        options,
        published and Published(published),
    )


def pipeline_case(name, text, function, batch_size, consumers, **options):
    """A case of the input pipeline.

    Args:
        name: see `Case`.
        text: likewise.
        function: name of a function in `benchmarks.pipeline`.
        batch_size: samples of a batch.
        consumers: see `Case`.
        **options: keyword arguments of the function.
    """
    options["batch_size"] = batch_size
    steps = (f"pipeline.{function}",)
    return Case(name, "pipeline", text, steps, options, consumers=consumers)


def serving_case(name, text, **options):
    """A case of a SavedModel.

    Args:
        name: see `Case`.
        text: likewise.
        **options: keyword arguments of the subject, and its name.
    """
    steps = ("serving.write", "serving.serve", "serving.call")
    return Case(name, "serving", text, steps, options)
