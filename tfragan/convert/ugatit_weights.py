"""Published names of U-GAT-IT's tensors, PyTorch's and TensorFlow 1's."""

import numpy as np

from tfragan.convert.weight_map import WeightEntry

# Places in the published sequences.
_DOWN = (1, 5, 9)
_FIRST_BLOCK = 12
_UP = (2, 7)
_OUTPUT = 11


def generator_entries(generator):
    """Entries of the published PyTorch `ResnetGenerator`.

    Args:
        generator: a built `tfragan.models.UGATITGenerator` of the variant
            `"pytorch"`.

    Returns:
        List of `WeightEntry`.
    """
    _check_variant(generator, "pytorch")
    entries = _attention_entries(generator.attention, "weight")
    modulation = generator.modulation
    first = "dense" if generator.light else _flattened_layout(generator)
    entries += [
        WeightEntry("FC.0.weight", modulation.hidden_1.kernel, first),
        WeightEntry("FC.2.weight", modulation.hidden_2.kernel, "dense"),
        WeightEntry("gamma.weight", modulation.gamma.kernel, "dense"),
        WeightEntry("beta.weight", modulation.beta.kernel, "dense"),
    ]
    downs = (generator.stem, *generator.down_blocks)
    for place, block in zip(_DOWN, downs, strict=True):
        entries += _convolution_entries(block.conv, f"DownBlock.{place}")
    for place, block in enumerate(generator.encoder_blocks, _FIRST_BLOCK):
        entries += encoder_block_entries(block, f"DownBlock.{place}.")
    for number, block in enumerate(generator.decoder_blocks, 1):
        entries += decoder_block_entries(block, f"UpBlock1_{number}.")
    for place, block in zip(_UP, generator.up_blocks, strict=True):
        entries += _convolution_entries(block.conv, f"UpBlock2.{place}")
        entries += norm_entries(block.norm, f"UpBlock2.{place + 1}.")
    output = generator.output_convolution
    return entries + _convolution_entries(output, f"UpBlock2.{_OUTPUT}")


def discriminator_entries(discriminator):
    """Entries of the published PyTorch `Discriminator`.

    Args:
        discriminator: a built `tfragan.models.UGATITDiscriminator` of the
            variant `"pytorch"` with spectral normalization.

    Returns:
        List of `WeightEntry`.
    """
    _check_variant(discriminator, "pytorch")
    entries = _attention_entries(discriminator.attention, "weight_orig")
    for number, layer in enumerate(discriminator.trunk):
        entries += _normalized_entries(layer, f"model.{3 * number + 1}")
    return entries + _normalized_entries(discriminator.head, "conv")


def encoder_block_entries(block, prefix):
    """Entries of one `ResnetBlock`, a `tfragan.layers.ResidualBlock`."""
    return [
        *_convolution_entries(block.conv_1, f"{prefix}conv_block.1"),
        *_convolution_entries(block.conv_2, f"{prefix}conv_block.5"),
    ]


def decoder_block_entries(block, prefix):
    """Entries of one `ResnetAdaILNBlock`."""
    entries = []
    for number in (1, 2):
        conv = getattr(block, f"conv_{number}")
        norm = getattr(block, f"norm_{number}")
        entries += _convolution_entries(conv, f"{prefix}conv{number}")
        entries += norm_entries(norm, f"{prefix}norm{number}.")
    return entries


def norm_entries(norm, prefix):
    """Entries of one `ILN`, or of one `adaILN`, which holds `rho` only."""
    return [
        WeightEntry(f"{prefix}{weight.name}", weight, "channel")
        for weight in norm.weights
    ]


def _convolution_entries(convolution, name):
    return [WeightEntry(f"{name}.weight", convolution.kernel, "conv2d")]


def _attention_entries(attention, weight):
    entries = [
        WeightEntry("conv1x1.weight", attention.fusion.kernel, "conv2d"),
        WeightEntry("conv1x1.bias", attention.fusion.bias),
    ]
    names = ("gap_fc", "gmp_fc")
    for name, classifier in zip(names, attention.classifiers, strict=True):
        if weight == "weight":
            entry = WeightEntry(f"{name}.weight", classifier.kernel, "dense")
            entries.append(entry)
        else:
            entries += _normalized_entries(classifier, name)
    return entries


def _normalized_entries(layer, name):
    """Entries of a layer under PyTorch's spectral normalization."""
    kernel = layer.kernel
    dense = len(kernel.shape) == 2
    entries = [
        WeightEntry(
            f"{name}.weight_orig", kernel, "dense" if dense else "conv2d"
        ),
        WeightEntry(f"{name}.weight_u", layer.u),
        WeightEntry(
            f"{name}.weight_v",
            layer.v,
            "vector" if dense else _singular_vector_layout(kernel.shape[:-1]),
        ),
    ]
    if not dense and layer.bias is not None:
        entries.append(WeightEntry(f"{name}.bias", layer.bias))
    return entries


def _singular_vector_layout(shape):
    """Between (in, height, width) and (height, width, in), flattened."""
    height, width, channels = shape

    def to_keras(array):
        published = np.reshape(array, (channels, height, width))
        return np.reshape(np.transpose(published, (1, 2, 0)), -1)

    def to_published(array):
        ours = np.reshape(array, (height, width, channels))
        return np.reshape(np.transpose(ours, (2, 0, 1)), -1)

    return to_keras, to_published


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

    Its kernels have our layout, also that of the full mode.

    Args:
        generator: a built `tfragan.models.UGATITGenerator` of the variant
            `"tensorflow1"`.
        scope: `"generator_A"`, which translates B to A, or `"generator_B"`.

    Returns:
        List of `WeightEntry`.
    """
    _check_variant(generator, "tensorflow1")
    entries = []
    downs = (generator.stem, *generator.down_blocks)
    for suffix, block in zip(("", "_0", "_1"), downs, strict=True):
        entries += _tensorflow1_entries(
            block.conv, f"{scope}/conv{suffix}/conv2d"
        )
        entries += _tensorflow1_entries(block.norm, f"{scope}/ins_norm{suffix}")
    for number, block in enumerate(generator.encoder_blocks):
        name = f"{scope}/resblock_{number}"
        entries += _tensorflow1_block(block, name, "instance_norm")
    entries += _tensorflow1_attention(generator.attention, scope)
    modulation = generator.modulation
    for name, dense in (
        ("linear_0", modulation.hidden_1),
        ("linear_1", modulation.hidden_2),
        ("gamma", modulation.gamma),
        ("beta", modulation.beta),
    ):
        entries += _tensorflow1_entries(dense, f"{scope}/MLP/{name}/dense")
    for number, block in enumerate(generator.decoder_blocks):
        name = f"{scope}/adaptive_resblock{number}"
        entries += _tensorflow1_block(block, name, "instance_layer_norm")
    for number, block in enumerate(generator.up_blocks):
        entries += _tensorflow1_entries(
            block.conv, f"{scope}/up_conv_{number}/conv2d"
        )
        entries += _tensorflow1_entries(
            block.norm, f"{scope}/layer_ins_norm_{number}"
        )
    return entries + _tensorflow1_entries(
        generator.output_convolution, f"{scope}/G_logit/conv2d"
    )


def tensorflow1_discriminator_entries(discriminator, scope):
    """Entries of a discriminator of the published TensorFlow 1 program.

    Args:
        discriminator: a built `tfragan.models.UGATITDiscriminator` of the
            variant `"tensorflow1"`.
        scope: such as `"discriminator_A/local"`.

    Returns:
        List of `WeightEntry`.
    """
    _check_variant(discriminator, "tensorflow1")
    entries = []
    last = len(discriminator.trunk) - 1
    for number, layer in enumerate(discriminator.trunk):
        name = "conv_last" if number == last else f"conv_{number}"
        entries += _tensorflow1_entries(layer, f"{scope}/{name}")
    entries += _tensorflow1_attention(discriminator.attention, scope)
    return entries + _tensorflow1_entries(
        discriminator.head, f"{scope}/D_logit"
    )


def _tensorflow1_block(block, name, norm_name):
    entries = []
    for number in (1, 2):
        part = f"{name}/res{number}"
        conv = getattr(block, f"conv_{number}")
        norm = getattr(block, f"norm_{number}")
        entries += _tensorflow1_entries(conv, f"{part}/conv_0/conv2d")
        entries += _tensorflow1_entries(norm, f"{part}/{norm_name}")
    return entries


def _tensorflow1_attention(attention, scope):
    (classifier,) = attention.classifiers
    return [
        *_tensorflow1_entries(classifier, f"{scope}/CAM_logit"),
        *_tensorflow1_entries(attention.fusion, f"{scope}/conv_1x1/conv2d"),
    ]


def _tensorflow1_entries(layer, name):
    """Kernel, bias, rho and so on have the same names as ours."""
    return [
        WeightEntry(
            f"{name}/{weight.name}",
            weight,
            "row" if weight.name == "u" else "table",
        )
        for weight in layer.weights
    ]


def _check_variant(network, variant):
    if network.variant != variant:
        raise ValueError(
            f"These are names of the variant {variant!r}. "
            f"Received: a network of the variant {network.variant!r}"
        )
