"""Reading the sizes and the setting of a published RAGAN off its tensors."""

import dataclasses

from tfragan.convert.ragan_checkpoint import JUDGES
from tfragan.convert.weight_map import ConversionError
from tfragan.models.ragan.ragan_discriminator import judging_blocks
from tfragan.models.ragan.ragan_guidance import DOMAINS
from tfragan.models.ragan.ragan_guidance import check_image_size
from tfragan.models.ragan.ragan_guidance import find_setting

# Of all sizes whose discriminators have as many blocks, the usual one.
_IMAGE_SIZES = (256, 128, 64, 32)
_STEM = "c1.conv.weight"
_CONDITION = "n1.ConBias.0.weight"
_WORDS = "tr2.att.conv_context.weight"
_HEAD = "c_norm1.ConBias.0.weight"


@dataclasses.dataclass(frozen=True)
class _Width:
    """A number, and the tensor that tells it."""

    value: int
    source: str
    name: str

    def __str__(self):
        return f"{self.value} by {self.name} of {self.source}"


def ragan_config(checkpoint, damsm=None, supervised=None, image_size=None):
    """The arguments of the `RAGAN` that a checkpoint's tensors fit.

    What guides it is told by the encoder and by the code that the generator
    takes beside the sentence: text without both, text and the background of
    an image with a code, an image without, and images of two domains with an
    encoder that takes the domain.

    Args:
        checkpoint: a `RAGANCheckpoint`.
        damsm: the `DAMSM` whose sentences it was trained with, or None.
        supervised: whether there was a target image for every input, which
            guidance by text alone does not tell; by default if the inputs
            are gray.
        image_size: height and width of its images, which the discriminators
            tell roughly and nothing else does; by default 256, or the
            largest of 128, 64 and 32 that they fit.

    Returns:
        Dict of keyword arguments, without the DAMSM.

    Raises:
        ConversionError: sizes contradict each other, or a file that the
            guidance needs is missing.
    """
    generator = checkpoint.generator
    features = generator.shape(_STEM, 4)
    words = _width(generator, _WORDS, 1, 4)
    condition = generator.shape(_CONDITION, 2)[1]
    code = _Width(condition - words.value, generator.source, _CONDITION)
    if code.value < 0:
        raise ConversionError(
            f"{generator.source} takes {condition} numbers by {_CONDITION}, "
            f"fewer than {words.value} of a sentence by {_WORDS}."
        )
    config = {
        "input_channels": features[1],
        "generator_width": features[0],
        "residual_blocks": generator.count(
            r"tr1\.translate\.(\d+)\.c1\.conv\.weight"
        ),
        "embedding_dim": words.value,
        "normalization": "batch"
        if generator.has("tr2.upsample.1.norm.weight")
        else "instance",
        **_encoder_config(checkpoint.encoder, words, code, supervised),
    }
    if supervised is None and "supervised" not in config:
        supervised = features[1] == 1
    config.setdefault("supervised", supervised)
    setting = find_setting(config["supervised"], config["guidance"])
    _check_damsm(generator, words, setting, damsm)
    judges = _discriminator_config(
        checkpoint.discriminators,
        words if setting.conditional else None,
        image_size,
    )
    return {**config, **judges}


def _encoder_config(encoder, words, code, supervised):
    """What the reference encoder, or that there is none, tells."""
    if encoder is None:
        if code.value:
            raise ConversionError(
                f"{code.source} takes a code of {code.value} numbers beside "
                f"the sentence by {code.name}: the file of its reference "
                "encoder is missing, E_image."
            )
        return {"guidance": "text"}
    both_ways = encoder.has("c1.conv.")
    entry = _STEM if both_ways else "conv.0.conv.weight"
    block = (
        r"res(\d+)\.c1\.conv\.weight"
        if both_ways
        else r"conv\.(\d+)\.conv\.2\.conv\.weight"
    )
    made = _width(encoder, "fc.0.weight", 0, 2)
    config = {
        "encoder_width": encoder.shape(entry, 4)[0],
        "encoder_blocks": 1 + encoder.count(block),
        "supervised": not both_ways,
    }
    if supervised not in (None, not both_ways):
        kind = "unsupervised" if both_ways else "supervised"
        raise ConversionError(
            f"{encoder.source} is the reference encoder of a RAGAN that is "
            f"{kind}, by {entry}. Received: supervised={supervised}"
        )
    if both_ways:
        _check_equal("the domain", code, DOMAINS)
    if both_ways or not code.value:
        _check_equal("a code of the encoder", made, words)
        return {**config, "guidance": "image"}
    _check_equal("a code of the encoder", made, code)
    return {**config, "guidance": "image_text", "code_dim": code.value}


def _check_damsm(generator, words, setting, damsm):
    if setting.source == "text" and damsm is None:
        other = "" if setting.code else ", or by images: that of its E_image is"
        raise ConversionError(
            f"{generator.source} is guided by text: the file of its text "
            f"encoder is missing{other}."
        )
    if setting.source == "image" and damsm is not None:
        raise ConversionError(
            f"{generator.source} is guided by images: it takes no text encoder."
        )
    if damsm is not None and damsm.embedding_dim != words.value:
        raise ConversionError(
            f"{generator.source} was trained with sentences of {words.value} "
            f"numbers, by {_WORDS}, and those of the text encoder have "
            f"{damsm.embedding_dim}."
        )


def _discriminator_config(networks, words, image_size):
    """Width and image size, and whether the heads fit the guidance."""
    if image_size is not None:
        check_image_size(image_size)
    if not networks:
        return {"image_size": image_size or _IMAGE_SIZES[0]}
    blocks = []
    first = _width(networks[0], "conv.0.conv.weight", 0, 4)
    for network, parts in zip(networks, JUDGES, strict=True):
        for number, part in enumerate(parts):
            found = _width(network, f"{part}conv.0.conv.weight", 0, 4)
            _check_equal("width", found, first.value >> number)
            pattern = part.replace(".", r"\.") + r"conv\.(\d+)\.conv\.weight"
            blocks.append(network.count(pattern))
            _check_head(network, part, words)
    return {
        "discriminator_width": first.value,
        "image_size": _image_size(networks, blocks, image_size),
    }


def _check_head(network, part, words):
    """Whether a judge looks at the guidance if it should, and of its width."""
    conditional = network.has(f"{part}c_con1.")
    if conditional != (words is not None):
        holds = "holds" if conditional else "lacks"
        guided = "not guided" if conditional else "guided"
        raise ConversionError(
            f"{network.source} {holds} {part}c_con1.conv.weight, and the "
            f"generator is {guided} by text: they do not belong together."
        )
    if conditional:
        found = _width(network, part + _HEAD, 1, 2)
        _check_equal("the sentence's width", found, words)


def _image_size(networks, blocks, image_size):
    """The size that has as many blocks in each judge."""
    for size in _IMAGE_SIZES if image_size is None else (image_size,):
        judged = [
            size >> 2 - number + part
            for number, parts in enumerate(JUDGES)
            for part in range(len(parts))
        ]
        if blocks == [judging_blocks(side) for side in judged]:
            return size
    names = ", ".join(network.source for network in networks)
    of_size = f" of {image_size} pixels" if image_size else ""
    raise ConversionError(
        f"{names} halve their images {blocks[0]}, {blocks[1]}, {blocks[2]} "
        f"and {blocks[3]} times by their conv.*.conv.weight, as no RAGAN for "
        f"images{of_size} does."
    )


def _width(network, name, axis, rank):
    return _Width(network.shape(name, rank)[axis], network.source, name)


def _check_equal(what, found, expected):
    """Refuses a width that is not an int or another `_Width`."""
    if found.value != getattr(expected, "value", expected):
        raise ConversionError(
            f"Sizes contradict each other: {what} is {found}, but {expected}"
            f"{'.' if isinstance(expected, _Width) else ' was expected.'}"
        )
