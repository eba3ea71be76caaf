"""Published U-GAT-ITs: names of their tensors, files, ports and sizes."""

import dataclasses
import fnmatch
import math
import re

import numpy as np

from tfragan.convert.published_file import described
from tfragan.convert.published_file import read_published_file
from tfragan.convert.published_network import plain_state_dict
from tfragan.convert.tensorflow1_checkpoint import checkpoint_prefix
from tfragan.convert.tensorflow1_checkpoint import read_tensorflow1_checkpoint
from tfragan.convert.weight_map import OTHER_ENTRIES
from tfragan.convert.weight_map import ConversionError
from tfragan.convert.weight_map import ConversionReport
from tfragan.convert.weight_map import WeightEntry
from tfragan.convert.weight_map import check_finite
from tfragan.convert.weight_map import layer_entries
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import UGATIT
from tfragan.place import local_path

# Places in the published sequences.
_DOWN = (1, 5, 9)
_FIRST_BLOCK = 12
_UP = (2, 7)
_OUTPUT = 11
GENERATORS = ("genA2B", "genB2A")
DISCRIMINATORS = ("disGA", "disGB", "disLA", "disLB")
NETWORKS = (*GENERATORS, *DISCRIMINATORS)

# Published TensorFlow scopes: the generators are named after their targets.
SCOPES = {
    "genA2B": "generator_B",
    "genB2A": "generator_A",
    "disGA": "discriminator_A/global",
    "disGB": "discriminator_B/global",
    "disLA": "discriminator_A/local",
    "disLB": "discriminator_B/local",
}
_STEP = re.compile(r"(?:_params_|\.model-|iter_)(\d+)")
_OWN_CLASSIFIER = (
    "made the logits of the attention in the published code before "
    "2019-08-20, where another kernel weights the features; no picture "
    "depends on it"
)
_LINEAR = re.compile(r"\.weight(_orig)?$")
_STORED = ".weight_orig"
# The published TensorFlow code until 2019-08-14 started rho here and kept it
# below, instead of taking 0.1 off a rho that starts at 1.
_HIGHEST_UNSMOOTHED_RHO = 0.9
_ROUNDING = 1e-6
_SMOOTHING = {"auto": None, "on": True, "off": False}


def generator_entries(generator):
    """Entries of the published PyTorch `ResnetGenerator`."""
    _check_variant(generator, "pytorch")
    entries = layer_entries(_attention_layers(generator.attention))
    modulation = generator.modulation
    first = None if generator.light else _flattened_layout(generator)
    entries += layer_entries({"FC.0": modulation.hidden_1}, layout=first)
    layers = {
        "FC.2": modulation.hidden_2,
        "gamma": modulation.gamma,
        "beta": modulation.beta,
        f"UpBlock2.{_OUTPUT}": generator.output_convolution,
    }
    downs = (generator.stem, *generator.down_blocks)
    for place, block in zip(_DOWN, downs, strict=True):
        layers[f"DownBlock.{place}"] = block.conv
    for place, block in enumerate(generator.encoder_blocks, _FIRST_BLOCK):
        entries += encoder_block_entries(block, f"DownBlock.{place}.")
    for number, block in enumerate(generator.decoder_blocks, 1):
        entries += decoder_block_entries(block, f"UpBlock1_{number}.")
    for place, block in zip(_UP, generator.up_blocks, strict=True):
        layers[f"UpBlock2.{place}"] = block.conv
        entries += norm_entries(block.norm, f"UpBlock2.{place + 1}.")
    return entries + layer_entries(layers)


def discriminator_entries(discriminator):
    """Entries of the published PyTorch `Discriminator`."""
    _check_variant(discriminator, "pytorch")
    layers = _attention_layers(discriminator.attention)
    for number, layer in enumerate(discriminator.trunk):
        layers[f"model.{3 * number + 1}"] = layer
    return layer_entries({**layers, "conv": discriminator.head})


def encoder_block_entries(block, prefix):
    """Entries of one `ResnetBlock`, a `tfragan.layers.ResidualBlock`."""
    layers = {"conv_block.1": block.conv_1, "conv_block.5": block.conv_2}
    return layer_entries(layers, prefix)


def decoder_block_entries(block, prefix):
    """Entries of one `ResnetAdaILNBlock`."""
    return [
        *layer_entries({"conv1": block.conv_1, "conv2": block.conv_2}, prefix),
        *norm_entries(block.norm_1, f"{prefix}norm1."),
        *norm_entries(block.norm_2, f"{prefix}norm2."),
    ]


def norm_entries(norm, prefix):
    """Entries of one `ILN`, or of one `adaILN`, which holds `rho` only."""
    return [
        WeightEntry(f"{prefix}{weight.name}", weight, "channel")
        for weight in norm.weights
    ]


def _attention_layers(attention):
    average, maximum = attention.classifiers
    return {"conv1x1": attention.fusion, "gap_fc": average, "gmp_fc": maximum}


def _flattened_layout(generator):
    """The first matrix of the full mode, whose input rows are permuted."""
    side = generator.image_size // 4
    channels = 4 * generator.width

    def to_keras(array):
        # (out, in * height * width) -> (height * width * in, out)
        published = np.reshape(array, (-1, channels, side, side))
        ours = np.transpose(published, (2, 3, 1, 0))
        return np.reshape(ours, (side * side * channels, -1))

    def to_published(array):
        ours = np.reshape(array, (side, side, channels, -1))
        published = np.transpose(ours, (3, 2, 0, 1))
        return np.reshape(published, (-1, channels * side * side))

    return to_keras, to_published


def tensorflow1_generator_entries(generator, scope):
    """Entries of a generator of the published TensorFlow 1 program.

    Its kernels have our layout, also that of the full mode. The scope is
    `"generator_A"`, which translates B to A, or `"generator_B"`.
    """
    _check_variant(generator, "tensorflow1")
    layers = {}
    downs = (generator.stem, *generator.down_blocks)
    for suffix, block in zip(("", "_0", "_1"), downs, strict=True):
        layers[f"conv{suffix}/conv2d"] = block.conv
        layers[f"ins_norm{suffix}"] = block.norm
    for number, block in enumerate(generator.encoder_blocks):
        layers |= _tensorflow1_block(
            block, f"resblock_{number}", "instance_norm"
        )
    modulation = generator.modulation
    layers |= {
        **_tensorflow1_attention(generator.attention),
        "MLP/linear_0/dense": modulation.hidden_1,
        "MLP/linear_1/dense": modulation.hidden_2,
        "MLP/gamma/dense": modulation.gamma,
        "MLP/beta/dense": modulation.beta,
    }
    for number, block in enumerate(generator.decoder_blocks):
        layers |= _tensorflow1_block(
            block, f"adaptive_resblock{number}", "instance_layer_norm"
        )
    for number, block in enumerate(generator.up_blocks):
        layers[f"up_conv_{number}/conv2d"] = block.conv
        layers[f"layer_ins_norm_{number}"] = block.norm
    layers["G_logit/conv2d"] = generator.output_convolution
    return _tensorflow1_entries(layers, scope)


def tensorflow1_discriminator_entries(discriminator, scope):
    """Entries of a discriminator of the published TensorFlow 1 program.

    The scope is one such as `"discriminator_A/local"`.
    """
    _check_variant(discriminator, "tensorflow1")
    *convolutions, last = discriminator.trunk
    layers = {
        **{f"conv_{n}": layer for n, layer in enumerate(convolutions)},
        "conv_last": last,
        **_tensorflow1_attention(discriminator.attention),
        "D_logit": discriminator.head,
    }
    return _tensorflow1_entries(layers, scope)


def _tensorflow1_block(block, name, norm_name):
    return {
        f"{name}/res1/conv_0/conv2d": block.conv_1,
        f"{name}/res1/{norm_name}": block.norm_1,
        f"{name}/res2/conv_0/conv2d": block.conv_2,
        f"{name}/res2/{norm_name}": block.norm_2,
    }


def _tensorflow1_attention(attention):
    (classifier,) = attention.classifiers
    return {"CAM_logit": classifier, "conv_1x1/conv2d": attention.fusion}


def _tensorflow1_entries(layers, scope):
    """Kernel, bias, rho and so on have the same names as ours."""
    return [
        WeightEntry(
            f"{scope}/{name}/{weight.name}",
            weight,
            "row" if weight.name == "u" else "table",
        )
        for name, layer in layers.items()
        for weight in layer.weights
    ]


def _check_variant(network, variant):
    if network.variant != variant:
        raise ValueError(
            f"These are names of the variant {variant!r}. "
            f"Received: a network of the variant {network.variant!r}"
        )


@dataclasses.dataclass
class UGATITCheckpoint:
    """What a published file holds.

    Attributes:
        source: how errors call the file.
        variant: `"pytorch"` or `"tensorflow1"`.
        networks: dict of a name of `NETWORKS` to a dict of tensor name to
            array, with the names and layouts of the variant.
        notes: dict of a name of `NETWORKS` to a dict of tensor name to a
            sentence, see `ConversionReport`.
        ignored: dict of the other entries of the file to the reason.
        step: training steps by the file's name, 0 where it tells none.
    """

    source: str
    variant: str
    networks: dict
    notes: dict
    ignored: dict
    step: int = 0


def read_ugatit_checkpoint(paths):
    """Reads a published U-GAT-IT, recognized by its content.

    These are known: the PyTorch file of six state dicts; a TensorFlow 1
    checkpoint, named by its prefix, one of its files or its folder; a Paddle
    file of all networks, or Paddle files of one network each, whose names hold
    those of the networks.
    """
    paths = [local_path(path) for path in paths]
    source = str(paths[0])
    if checkpoint_prefix(paths[0]) is not None:
        if len(paths) > 1:
            raise ConversionError(
                f"{source} is a TensorFlow checkpoint, which holds all "
                f"networks, but {len(paths)} files were named."
            )
        return _from_tensorflow(checkpoint_prefix(paths[0]))
    networks, notes, ignored = {}, {}, {}
    for path in paths:
        contents = _contents(path)
        for name, value in contents.items():
            if name not in NETWORKS or not isinstance(value, dict):
                ignored[str(name)[:80]] = "is none of the networks"
                continue
            tensors = plain_state_dict(value, path)
            networks[name], notes[name] = published_form(name, tensors, path)
    return _checked(
        UGATITCheckpoint(
            source, "pytorch", networks, notes, ignored, _step(paths[0])
        )
    )


def _contents(path):
    """Dict of network name to tensors, of a PyTorch or a Paddle file."""
    if path.is_dir():
        raise ConversionError(
            f"{path} is a folder without a TensorFlow checkpoint; name the "
            "files in it."
        )
    contents = read_published_file(path)
    if not isinstance(contents, dict):
        raise ConversionError(
            f"{path} holds {described(contents)}, expected a dict of networks."
        )
    if not any(isinstance(value, np.ndarray) for value in contents.values()):
        return contents
    named = [name for name in NETWORKS if name in path.name]
    if len(named) != 1:
        raise ConversionError(
            f"{path} holds one network; its name has to tell which: one of "
            f"{', '.join(NETWORKS)}."
        )
    return {named[0]: contents}


def _from_tensorflow(prefix):
    variables, slots = read_tensorflow1_checkpoint(prefix)
    networks, notes = {}, {}
    ignored = dict.fromkeys(slots, "is the optimizer's")
    for network, scope in SCOPES.items():
        own = [name for name in variables if name.startswith(f"{scope}/")]
        if own:
            networks[network] = {name: variables.pop(name) for name in own}
            notes[network] = dict.fromkeys(
                fnmatch.filter(own, "*/CAM_logit/dense/*"), _OWN_CLASSIFIER
            )
            clip_rho(networks[network], notes[network])
    ignored.update(dict.fromkeys(variables, "is none of the networks"))
    # The counter starts at 1.
    step = max(0, _step(prefix) - 1)
    return _checked(
        UGATITCheckpoint(
            str(prefix), "tensorflow1", networks, notes, ignored, step
        )
    )


def _checked(checkpoint):
    missing = [name for name in GENERATORS if name not in checkpoint.networks]
    if missing:
        found = ", ".join([*checkpoint.networks, *checkpoint.ignored][:6])
        raise ConversionError(
            f"{checkpoint.source} holds no U-GAT-IT: it lacks "
            f"{' and '.join(missing)}, and has {found or 'nothing'}."
        )
    return checkpoint


def _step(path):
    found = _STEP.search(path.name)
    return int(found.group(1)) if found else 0


def published_form(network, tensors, source):
    """A network's tensors as the published PyTorch code calls them.

    Returns the dict of tensors and a dict of notes by name: what was done with
    a tensor, or why it is not used.
    """
    if network.startswith("gen"):
        _refuse_other_generators(tensors, f"{source}: {network}")
    tensors = {
        name.replace(".spectral_norm.weight_", ".weight_"): value
        for name, value in tensors.items()
    }
    notes = {}
    _transpose_linear(tensors, notes)
    _check_normalizations(tensors, notes, f"{source}: {network}")
    _compute_right_vectors(tensors, notes, f"{source}: {network}")
    clip_rho(tensors, notes)
    return tensors, notes


def _refuse_other_generators(tensors, source):
    """Same task, other network: its weights would give wrong pictures."""
    if "FC.2.weight" in tensors or "FC.1.weight" not in tensors:
        return
    if "UpBlock2.9.weight" in tensors:
        raise ConversionError(
            f"{source} is of a port with another network, which none here "
            "computes: biased variances in AdaLIN and ILN, a learned scale "
            "and shift of instance normalization, one classifier's weights "
            "for both halves of the attention, and ReLU before ILN."
        )
    raise ConversionError(
        f"{source} is of the published code before 2019-08-07: it has "
        "FC.1.weight and no FC.2.weight, hence no ReLU after its linear "
        "layers, no skip connection around its decoder blocks and another "
        "variance in AdaLIN and ILN, which no network here computes."
    )


def _transpose_linear(tensors, notes):
    """Paddle's own linear layers keep their weights as (in, out)."""
    classifier = tensors.get("gap_fc.weight", tensors.get("gap_fc.weight_orig"))
    if np.ndim(classifier) != 2 or np.shape(classifier)[1] != 1:
        return
    for name, value in tensors.items():
        if np.ndim(value) == 2 and _LINEAR.search(name):
            tensors[name] = np.transpose(value)
            notes[name] = "transposed from (in, out)"


def _check_normalizations(tensors, notes, source):
    for name in [name for name in tensors if name.endswith(".scale")]:
        shift = name[: -len("scale")] + "bias"
        parts = {name: 1.0, shift: 0.0}
        for part, neutral in parts.items():
            if part in tensors and np.any(tensors[part] != neutral):
                raise ConversionError(
                    f"{source}: {part} was learned, and instance "
                    "normalization has no scale and shift in the published "
                    "PyTorch network."
                )
            notes[part] = f"{neutral:.0f} everywhere, which changes nothing"


def _compute_right_vectors(tensors, notes, source):
    """Spectral norms of PyTorch before 1.0 lack `weight_v`."""
    for name in [name for name in tensors if name.endswith(_STORED)]:
        layer = name[: -len(_STORED)]
        vector, used = f"{layer}.weight_v", f"{layer}.weight"
        left = f"{layer}.weight_u"
        if vector in tensors or not {left, used} <= tensors.keys():
            continue
        parts = {key: tensors[key] for key in (name, left, used)}
        check_finite(parts, source)
        tensors[vector] = right_vector(*parts.values())
        notes[vector] = "computed, as PyTorch does with files before 1.0"
        notes[used] = f"{name} divided by its spectral norm"


def right_vector(stored, left, used):
    """The right vector `v` of a spectral norm, from the other parts of it.

    With the weight `stored` `(out, in, ...)`, its left vector `(out,)` and
    `used`, the weight divided by its norm: `left . stored v` is the norm, and
    `stored v` has the direction of `left`.
    """
    matrix = np.reshape(stored, (len(stored), -1)).astype(np.float64)
    left = np.reshape(left, -1).astype(np.float64)
    nonzero = used != 0
    norm = np.mean(stored[nonzero] / used[nonzero], dtype=np.float64)
    # pinv(W) u, by the smaller of the two products of W with itself.
    if matrix.shape[0] <= matrix.shape[1]:
        gram = np.linalg.pinv(matrix @ matrix.T, hermitian=True)
        vector = matrix.T @ (gram @ left)
    else:
        gram = np.linalg.pinv(matrix.T @ matrix, hermitian=True)
        vector = gram @ (matrix.T @ left)
    scale = norm / (left @ (matrix @ vector))
    return (vector * scale).astype(np.float32)


def clip_rho(tensors, notes):
    """Clips each share of instance statistics, as training does, in place."""
    for name in [name for name in tensors if name.endswith("rho")]:
        value = tensors[name]
        outside = int(np.sum((value < 0.0) | (value > 1.0)))
        if outside:
            tensors[name] = np.clip(value, 0.0, 1.0)
            notes[name] = (
                f"clipped to [0, 1], where {outside} of {value.size} values "
                "were not"
            )


@dataclasses.dataclass(frozen=True)
class _Names:
    """Where a publication has the tensors whose shapes tell the sizes."""

    stem: str
    first_linear: str
    decoder_block: str
    trunk_bias: str
    trunk_convolution: str
    normalized: str
    output_axis: int


_NAMES = {
    "pytorch": _Names(
        "DownBlock.1.weight",
        "FC.0.weight",
        r"UpBlock1_(\d+)\.conv1\.weight",
        "model.1.bias",
        r"model\.(\d+)\.weight(_orig)?",
        ".weight_u",
        0,
    ),
    "tensorflow1": _Names(
        "generator_B/conv/conv2d/kernel",
        "generator_B/MLP/linear_0/dense/kernel",
        r"generator_B/adaptive_resblock(\d+)/res1/conv_0/conv2d/kernel",
        "discriminator_A/global/conv_0/bias",
        r"discriminator_A/global/conv_(\d+|last)/kernel",
        "/u",
        -1,
    ),
}


def ugatit_config(checkpoint, image_size=None, smoothing=None):
    """The arguments of the `UGATIT` that a checkpoint's tensors fit.

    A light generator does not tell its image size: 256 by default. In the
    variant `"tensorflow1"` 0.1 is taken off rho (`smoothing`) unless no rho
    exceeds 0.9, as in files of the published code before 2019-08-14.
    """
    names = _NAMES[checkpoint.variant]
    generator = checkpoint.networks["genA2B"]
    for name in (names.stem, names.first_linear):
        if np.ndim(generator.get(name)) < 2:
            raise ConversionError(
                f"{checkpoint.source}: genA2B is no generator of U-GAT-IT: "
                f"it lacks {name}."
            )
    width = generator[names.stem].shape[names.output_axis]
    linear = generator[names.first_linear].shape
    units, features = linear if names.output_axis == 0 else linear[::-1]
    light = features == units
    size = None if light else 4 * math.isqrt(features // units)
    if size is not None and image_size not in (None, size):
        raise ConversionError(
            f"{checkpoint.source} is a full model for images of {size} "
            f"pixels. Received: image_size={image_size}"
        )
    config = {
        "variant": checkpoint.variant,
        "image_size": size or image_size or 256,
        "light": light,
        "width": width,
        "residual_blocks": _count(names.decoder_block, generator),
        **_discriminator_config(checkpoint, names, width),
    }
    if checkpoint.variant == "tensorflow1":
        config["smoothing"] = _smoothing(checkpoint, smoothing)
    return config


def _count(pattern, tensors):
    return sum(re.fullmatch(pattern, name) is not None for name in tensors)


def _discriminator_config(checkpoint, names, width):
    network = checkpoint.networks.get("disGA")
    if network is None:
        return {}
    if names.trunk_bias not in network:
        raise ConversionError(
            f"{checkpoint.source}: disGA is no discriminator of U-GAT-IT: it "
            f"lacks {names.trunk_bias}."
        )
    found = len(network[names.trunk_bias])
    if found != width:
        raise ConversionError(
            f"{checkpoint.source}: the generators are {width} channels wide "
            f"and the discriminators {found}; here both have one width."
        )
    return {
        "discriminator_depth": _count(names.trunk_convolution, network),
        "spectral_normalization": any(
            name.endswith(names.normalized) for name in network
        ),
    }


def _smoothing(checkpoint, smoothing):
    if smoothing is not None:
        return smoothing
    highest = max(
        (
            float(np.max(value))
            for network in ("genA2B", "genB2A")
            for name, value in checkpoint.networks[network].items()
            if name.endswith("instance_layer_norm/rho")
        ),
        default=1.0,
    )
    return highest > _HIGHEST_UNSMOOTHED_RHO + _ROUNDING


def recognizes(arguments):
    """Whether the file of a U-GAT-IT is named."""
    return bool(arguments.checkpoint)


def convert(arguments, read_damsm):
    """Reads published files; see `attngan_weights.convert`."""
    del read_damsm
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
        PublishedFileError: a file is damaged, or holds something else than
            tensors.
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
    """The `WeightEntry` list of a network, as its variant names tensors."""
    generates = name.startswith("gen")
    if network.variant == "pytorch":
        entries = generator_entries if generates else discriminator_entries
        return entries(network)
    entries = (
        tensorflow1_generator_entries
        if generates
        else tensorflow1_discriminator_entries
    )
    return entries(network, SCOPES[name])
