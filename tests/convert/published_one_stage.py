"""Small SSA-GANs and DF-GANs in the forms in which they are published."""

import numpy as np

from tests.convert import torch_files
from tests.models import small_models
from tests.published import published_values
from tests.published import randomize
from tfragan.convert import one_stage_weights
from tfragan.models import DAMSM
from tfragan.models import DFGAN
from tfragan.models import SSAGAN
from tfragan.models import SmallImageEncoder

_OPTIONS = {
    "ssagan": {"mask_filters": 3},
    "dfgan2022": {"version": "2022"},
    "dfgan2020": {"version": "2020"},
}
FAMILIES = tuple(_OPTIONS)


def small_damsm(embedding_dim=8):
    """A DAMSM of eight words."""
    encoder = SmallImageEncoder(embedding_dim, width=4, input_size=16)
    return DAMSM(small_models.tokenizer(), encoder, word_dim=6)


def small_model(family, damsm, image_size=32):
    """A model whose weights are all different.

    From images of 64 pixels on, the discriminator of 2022 has a block that
    keeps its width, and from 128 on all have.
    """
    kind = SSAGAN if family == "ssagan" else DFGAN
    model = kind(
        damsm,
        image_size,
        generator_width=2,
        discriminator_width=3,
        noise_dim=5,
        **_OPTIONS[family],
    )
    randomize([model.generator, model.discriminator])
    return model


def published_tensors(model):
    """The tensors of both networks as published, all that is idle included.

    Dict of `netG` and `netD`, and for DF-GAN of 2022 of `netC`, to dicts.
    """
    entries = one_stage_weights.generator_entries(model.generator)
    networks = {"netG": published_values(entries)}
    if getattr(model, "version", None) == "2022":
        judge = published_values(
            one_stage_weights.dfgan_discriminator_entries(model.discriminator)
        )
        for name in ("netD", "netC"):
            networks[name] = {
                key.removeprefix(f"{name}."): value
                for key, value in judge.items()
                if key.startswith(f"{name}.")
            }
    else:
        networks["netD"] = published_values(
            one_stage_weights.discriminator_entries(model.discriminator)
        )
    return with_idle(networks)


def with_idle(networks):
    """Adds the counters and the shortcuts that published code never uses."""
    for tensors in networks.values():
        for name, value in list(tensors.items()):
            if name.endswith("running_var"):
                counter = name.replace("running_var", "num_batches_tracked")
                tensors[counter] = np.array(0)
            if name.endswith("conv_r.2.weight"):
                shortcut = name.replace("conv_r.2", "conv_s")
                if shortcut not in tensors:
                    tensors[shortcut] = value[:, :, :1, :1]
                    bias = shortcut.replace("weight", "bias")
                    tensors[bias] = value[:, 0, 0, 0]
    return networks


def write_files(networks, folder, prefix="", form="zipped"):
    """Writes files as the published programs do; see `write_networks`.

    Returns:
        The paths, for the arguments of `convert_one_stage`: one file of the
        generator and one of the discriminator, or the file of 2022.
    """
    if "netC" not in networks:
        paths = torch_files.write_networks(
            networks, folder, prefix, form, tag="550"
        )
        return [*paths.values()]
    named = {
        name: {prefix + key: value for key, value in tensors.items()}
        for name, tensors in networks.items()
    }
    moments = {"step": np.array(9), "exp_avg": np.ones((2, 2), "float32")}
    groups = [{"lr": 1e-4, "betas": (0.0, 0.9), "params": [0]}]
    optimizer = {"state": {0: moments}, "param_groups": groups}
    optimizers = {"optimizer_G": optimizer, "optimizer_D": optimizer}
    path = folder / "state_epoch_1220.pth"
    contents = {"model": named, "optimizers": optimizers, "epoch": 1220}
    path.write_bytes(getattr(torch_files, form)(contents))
    return [path]
