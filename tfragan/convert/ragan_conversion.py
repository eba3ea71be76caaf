"""Published RAGAN files as models."""

from tfragan.convert import ragan_weights
from tfragan.convert.ragan_checkpoint import read_ragan_checkpoint
from tfragan.convert.ragan_sizes import ragan_config
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import RAGAN

# Names of the reports of networks that there is no file of.
NO_DISCRIMINATORS = "discriminators"
NO_SECOND_DISCRIMINATORS = "discriminators of the other domain"
_UNREAD = (".running_mean", ".running_var")
_IDLE = "is bookkeeping of an instance normalization, which never reads it"


def convert_ragan(
    generator,
    discriminators=(),
    encoder=None,
    damsm=None,
    supervised=None,
    image_size=None,
):
    """Reads a published RAGAN into a model of its setting and size.

    What guides it, and sizes, are told by the tensors, see `ragan_config`.
    Guidance by labels is not converted: the files lack the vectors that the
    labels had. Without files of the discriminators, those of the model stay
    as they were built, and so do those of the second domain, which the
    published program does not save. The loss of their conditional heads is
    not told either: models are built for the published default, `"gan"`.

    Args:
        generator: `G_<tag>.pth`.
        discriminators: `D_0_<tag>.pth`, `D_1_<tag>.pth`, `D_2_<tag>.pth`, or
            nothing.
        encoder: `E_image_<tag>.pth`, or None.
        damsm: see `ragan_config`.
        supervised: likewise.
        image_size: likewise.

    Returns:
        Tuple of the `RAGAN`, not compiled, and a dict of `ConversionReport`
        by file.

    Raises:
        ConversionError: a file holds something else or is missing, sizes
            contradict each other, or a tensor does not fit.
        ArchiveError: a file is damaged, or holds something else than
            tensors.
    """
    checkpoint = read_ragan_checkpoint(generator, discriminators, encoder)
    config = ragan_config(checkpoint, damsm, supervised, image_size)
    model = RAGAN(damsm, **config)
    instance = model.normalization == "instance"
    reports = {}
    for network, entries, published in _parts(model, checkpoint):
        idle = {
            name: _IDLE
            for name in published.tensors
            if instance and name.endswith(_UNREAD)
        }
        reports[published.source] = load_state_dict(
            entries(network), published.tensors, published.source, idle=idle
        )
    if not checkpoint.discriminators:
        reports[NO_DISCRIMINATORS] = _untouched(model.discriminators_of("b"))
    if model.setting.both_ways:
        reports[NO_SECOND_DISCRIMINATORS] = _untouched(
            model.discriminators_of("a")
        )
    return model, reports


def _parts(model, checkpoint):
    """Networks, the function of their entries, and their tensors."""
    yield (
        model.generator,
        ragan_weights.generator_entries,
        checkpoint.generator,
    )
    if checkpoint.encoder is not None:
        yield model.encoder, ragan_weights.encoder_entries, checkpoint.encoder
    for network, published in zip(
        model.discriminators_of("b"), checkpoint.discriminators, strict=False
    ):
        yield network, ragan_weights.discriminator_entries, published


def _untouched(networks):
    untouched = [weight.path for net in networks for weight in net.weights]
    return ConversionReport([], [], [], untouched=untouched)
