"""Published U-GAT-IT files as models."""

import dataclasses

from tfragan.convert import ugatit_weights
from tfragan.convert.ugatit_checkpoint import SCOPES
from tfragan.convert.ugatit_checkpoint import read_ugatit_checkpoint
from tfragan.convert.ugatit_sizes import ugatit_config
from tfragan.convert.weight_map import OTHER_ENTRIES
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import UGATIT


def convert_ugatit(paths, image_size=None, smoothing=None):
    """Reads a published U-GAT-IT into a model of its size and variant.

    PyTorch files (and the Paddle ports of that code that compute the same)
    make a `UGATIT` of the variant `"pytorch"`, TensorFlow 1 checkpoints one
    of the variant `"tensorflow1"`. Sizes are read off the shapes. Where the
    file has no discriminators, those of the model stay as they were built.

    Files of the published PyTorch code before 2019-08-27 have the same names
    and shapes, but were trained without the skip connections of the decoder:
    they are read, and make poor pictures.

    Args:
        paths: list of files, see `read_ugatit_checkpoint`.
        image_size: height and width of the images, which a light generator
            does not tell; 256 by default.
        smoothing: see `ugatit_config`.

    Returns:
        Tuple of the `UGATIT`, not compiled, and a dict of `ConversionReport`
        by the published names of the networks, with what belongs to no
        network under `OTHER_ENTRIES`.

    Raises:
        ConversionError: the files hold no U-GAT-IT, or one that computes
            something else, or a tensor does not fit.
        ArchiveError: a file is damaged, or holds something else than tensors.
        CheckpointError: the same of a TensorFlow checkpoint.
    """
    checkpoint = read_ugatit_checkpoint(paths)
    model = UGATIT(**ugatit_config(checkpoint, image_size, smoothing))
    model.global_step.assign(checkpoint.step)
    reports = {
        name: _load(network, name, checkpoint)
        for name, network in published_networks(model).items()
    }
    if checkpoint.ignored:
        reports[OTHER_ENTRIES] = ConversionReport.of_ignored(checkpoint.ignored)
    return model, reports


def published_networks(model):
    """The networks of a `UGATIT` by their published names."""
    domain_a = model.discriminators_of("a")
    domain_b = model.discriminators_of("b")
    return {
        "genA2B": model.generator_ab,
        "genB2A": model.generator_ba,
        "disGA": domain_a["global"],
        "disGB": domain_b["global"],
        "disLA": domain_a["local"],
        "disLB": domain_b["local"],
    }


def _load(network, name, checkpoint):
    if name not in checkpoint.networks:
        return ConversionReport.of_untouched(network)
    entries = published_entries(network, name)
    # The tensors are let go: those of a full model take gigabytes.
    tensors = checkpoint.networks.pop(name)
    report = load_state_dict(entries, tensors, f"{checkpoint.source}: {name}")
    assigned = {id(entry.variable) for entry in entries}
    return dataclasses.replace(
        report,
        notes=checkpoint.notes.get(name, {}),
        untouched=[
            weight.path
            for weight in network.weights
            if id(weight) not in assigned
        ],
    )


def published_entries(network, name):
    """The `WeightEntry` list of a network, as its variant names tensors.

    Args:
        network: a built `UGATITGenerator` or `UGATITDiscriminator`.
        name: its published name, such as `"genA2B"`.
    """
    generates = name.startswith("gen")
    if network.variant == "tensorflow1":
        entries = (
            ugatit_weights.tensorflow1_generator_entries
            if generates
            else ugatit_weights.tensorflow1_discriminator_entries
        )
        return entries(network, SCOPES[name])
    if generates:
        return ugatit_weights.generator_entries(network)
    return ugatit_weights.discriminator_entries(network)
