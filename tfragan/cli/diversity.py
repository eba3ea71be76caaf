"""How different the pictures of one caption are, as part of an evaluation."""

from tfragan import metrics
from tfragan.evaluation.measurement import Measurement

_NOISES = 4


def open_lpips(arguments):
    """The `LPIPS` that the command line asks for, or None.

    Args:
        arguments: the parsed command line; `lpips_weights` and `lpips_heads`
            name the network's files.
    """
    if not arguments.diversity:
        return None
    return metrics.lpips(
        arguments.lpips, arguments.lpips_weights, arguments.lpips_heads
    )


def measure_diversity(distance, model, captions, arguments, about, step):
    """LPIPS among pictures of one caption, over several captions.

    Args:
        distance: what `open_lpips` gave.
        model: a `TextToImageModel`.
        captions: list of str, of which the first are taken.
        arguments: the parsed command line; `diversity` says how many captions.
        about: dict of the protocol.
        step: global step of the model.

    Returns:
        List of one `Measurement`, or none where none was asked for.
    """
    if distance is None:
        return []
    captions = captions[: arguments.diversity]
    seeds = range(arguments.seed, arguments.seed + _NOISES)
    result = metrics.lpips_diversity(
        distance,
        (
            model.generate_outputs(
                [caption] * _NOISES, list(seeds), arguments.batch_size
            )["image"]
            for caption in captions
        ),
    )
    protocol = {
        **about,
        **distance.protocol(),
        "images": _NOISES * len(captions),
        "seed": arguments.seed,
        "statistics": f"all pairs of {_NOISES} noises a caption, "
        f"{len(captions)} captions",
    }
    return [
        Measurement(
            f"lpips_{arguments.lpips}_diversity",
            "generated",
            result.value,
            step,
            result.standard_error,
            None if result.standard_error is None else "standard error",
            None,
            {"pairs": result.pairs},
            protocol,
        )
    ]
