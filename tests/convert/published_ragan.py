"""Small RAGANs in the form in which they are published."""

import numpy as np

from tests.convert import torch_files
from tests.models.ragan import small_ragans
from tests.published import published_values
from tests.published import randomize
from tfragan.convert import ragan_weights

# Supervised or not, and the guidance, of what the files tell.
SETTINGS = (
    (False, "text"),
    (True, "text"),
    (True, "image_text"),
    (True, "image"),
    (False, "image"),
)


def small_model(setting, **options):
    """A model whose weights are all different."""
    model = small_ragans.ragan(
        *setting, encoder_width=5, discriminator_width=6, **options
    )
    randomize(published_networks(model).values())
    return model


def published_networks(model):
    """The networks of a model by the published names of their files."""
    networks = {"G": model.generator}
    if model.encoder is not None:
        networks["E_image"] = model.encoder
    for number, network in enumerate(model.discriminators_of("b")):
        networks[f"D_{number}"] = network
    return networks


def published_tensors(model):
    """Dict of a name of `published_networks` to a dict of tensors."""
    entries = {
        "G": ragan_weights.generator_entries,
        "E": ragan_weights.encoder_entries,
        "D": ragan_weights.discriminator_entries,
    }
    return {
        name: published_values(entries[name[0]](network))
        for name, network in published_networks(model).items()
    }


def with_idle(networks, old=True):
    """Adds what published code keeps book of and never reads.

    PyTorch before 0.4, `old`, did so in all normalizations and had no counters.
    """
    for tensors in networks.values():
        for name in list(tensors):
            owner, _, leaf = name.rpartition(".")
            biased = leaf == "weight" and f"{owner}.ConBias.0.weight" in tensors
            plain = old and name.endswith(".conv.weight") and "upsample" in name
            if plain:
                owner = owner.replace("conv", "norm")
            if biased or plain:
                width = np.ones(tensors[name].shape[0], "float32")
                tensors[f"{owner}.running_mean"] = width
                tensors[f"{owner}.running_var"] = width
                if not old:
                    tensors[f"{owner}.num_batches_tracked"] = np.array(0)
    return networks


def write_files(networks, folder, prefix="", form="legacy"):
    """Writes files as the published program does; see `write_networks`.

    Returns:
        Dict of arguments of `convert_ragan`.
    """
    paths = torch_files.write_networks(networks, folder, prefix, form)
    return {
        "generator": paths["G"],
        "encoder": paths.get("E_image"),
        "discriminators": [
            path for name, path in paths.items() if name.startswith("D_")
        ],
    }
