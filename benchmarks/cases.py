"""What is measured, and at what sizes."""

import fnmatch

from benchmarks.case import Published
from benchmarks.case import generator_case
from benchmarks.case import pipeline_case
from benchmarks.case import serving_case
from benchmarks.case import training_case

_BIRDS = {"generator_width": 32, "discriminator_width": 64}
# As configs/attngan_cub64.py and configs/attngan_emoji.py.
_CUB64 = {
    "damsm_weight": 5.0,
    "embedding_dim": 128,
    "base_size": 16,
    "generator_width": 24,
    "discriminator_width": 32,
    "residual_blocks": 1,
}
_EMOJI = {
    **_CUB64,
    "embedding_dim": 64,
    "generator_width": 16,
    "discriminator_width": 16,
    "noise_dim": 32,
    "condition_dim": 32,
}
# As configs/dmgan_cub.py.
_DMGAN256 = {"stages": 3, "generator_width": 64, "discriminator_width": 32}
_SSAGAN256 = {"image_size": 256}
# As configs/ssagan_cub64.py.
_SSAGAN64 = {
    "damsm_weight": 0.05,
    "embedding_dim": 128,
    "image_size": 64,
    "generator_width": 24,
    "discriminator_width": 24,
    "mask_filters": 32,
}
# As configs/ragan_cub.py and configs/ragan_colorize_cub.py.
_EDITING256 = {"image_size": 256}
# As configs/ragan_cub64.py.
_EDITING64 = {
    "image_size": 64,
    "embedding_dim": 128,
    "generator_width": 24,
    "discriminator_width": 32,
    "encoder_width": 24,
    "encoder_blocks": 4,
    "residual_blocks": 2,
    "normalization": "batch",
    "scale_start": "ones",
}
_COLORIZING256 = {
    "image_size": 256,
    "supervised": True,
    "guidance": "image_text",
    "generator_width": 64,
}
_FULL256 = {"image_size": 256}
_LIGHT256 = {"image_size": 256, "light": True}
_LIGHT128 = {"image_size": 128, "light": True}
# Global discriminators of depth 6 need 96 pixels.
_LIGHT64 = {"image_size": 64, "light": True, "discriminator_depth": 5}


def _ugatit(name, text, options, published=None, default=True, **more):
    return training_case(
        name,
        f"U-GAT-IT {text}",
        1,
        "ugatit",
        published,
        default=default,
        **options,
        **more,
    )


_TEXT_TO_IMAGE = (
    training_case(
        "attngan64",
        "AttnGAN, one stage, without DAMSM",
        8,
        "attngan",
        Published(0.48),
        stages=1,
        **_BIRDS,
    ),
    training_case(
        "attngan256",
        "AttnGAN, three stages, without DAMSM",
        4,
        "attngan",
        Published(0.22, 3.4),
        stages=3,
        **_BIRDS,
    ),
    training_case(
        "attngan_cub64",
        "AttnGAN, three stages, with DAMSM (attngan_cub64)",
        20,
        "attngan",
        **_CUB64,
    ),
    training_case(
        "attngan_emoji",
        "AttnGAN, three stages, with DAMSM (attngan_emoji)",
        16,
        "attngan",
        **_EMOJI,
    ),
    training_case(
        "dmgan256",
        "DM-GAN, three stages, without DAMSM",
        4,
        "dmgan",
        **_DMGAN256,
    ),
    training_case(
        "dmgan_cub64",
        "DM-GAN, three stages, with DAMSM (dmgan_cub64)",
        20,
        "dmgan",
        **_CUB64,
    ),
    training_case(
        "damsm64",
        "DAMSM, small image encoder (damsm_cub64)",
        48,
        "damsm",
        also=("encoding.encode",),
        embedding_dim=128,
    ),
    *(
        generator_case(
            "generator256",
            "AttnGAN's generator, three stages",
            batch_size,
            published,
            subject="attngan",
            stages=3,
            generator_width=32,
        )
        for batch_size, published in ((1, 0.18), (8, 0.40))
    ),
    *(
        generator_case(
            "dmgan_generator256",
            "DM-GAN's generator, three stages",
            batch_size,
            None,
            subject="dmgan",
            stages=3,
            generator_width=64,
        )
        for batch_size in (1, 8)
    ),
    pipeline_case(
        "pipeline_emoji16_32_64",
        "emoji at 16, 32 and 64",
        "emoji",
        16,
        ("attngan_emoji", "attngan_cub64", "dmgan_cub64"),
        image_sizes=(16, 32, 64),
    ),
    pipeline_case(
        "pipeline_emoji64",
        "emoji at 64",
        "emoji",
        48,
        ("damsm64", "attngan64"),
        image_sizes=(64,),
    ),
    pipeline_case(
        "pipeline_photos256",
        "photographs, 500 x 375, at 64, 128 and 256",
        "photos",
        4,
        ("attngan256", "dmgan256"),
        image_sizes=(64, 128, 256),
    ),
    serving_case(
        "served64",
        "AttnGAN, one stage to 64",
        subject="attngan",
        stages=1,
        **_BIRDS,
    ),
    serving_case(
        "served256",
        "AttnGAN, three stages to 256",
        subject="attngan",
        stages=3,
        **_BIRDS,
    ),
    serving_case(
        "dmgan_served256",
        "DM-GAN, three stages to 256",
        subject="dmgan",
        **_DMGAN256,
    ),
)
_ONE_STAGE = (
    training_case(
        "ssagan256",
        "SSA-GAN, without DAMSM",
        4,
        "ssagan",
        **_SSAGAN256,
    ),
    training_case(
        "ssagan256_without_penalty",
        "SSA-GAN, without DAMSM and penalty",
        4,
        "ssagan",
        penalty_weight=0.0,
        **_SSAGAN256,
    ),
    training_case(
        "ssagan_cub64",
        "SSA-GAN, with DAMSM (ssagan_cub64)",
        24,
        "ssagan",
        **_SSAGAN64,
    ),
    training_case(
        "ssagan_cub64_without_penalty",
        "SSA-GAN, with DAMSM, without penalty",
        24,
        "ssagan",
        penalty_weight=0.0,
        **_SSAGAN64,
    ),
    training_case("dfgan256", "DF-GAN of 2022", 4, "dfgan", image_size=256),
    *(
        generator_case(
            "ssagan_generator256",
            "SSA-GAN's generator",
            batch_size,
            published,
            subject="ssagan",
            **_SSAGAN256,
        )
        for batch_size, published in ((1, 0.44), (8, 0.5))
    ),
    *(
        generator_case(
            "dfgan_generator256",
            "DF-GAN's generator, 2022",
            batch_size,
            None,
            subject="dfgan",
            image_size=256,
        )
        for batch_size in (1, 8)
    ),
    serving_case(
        "ssagan_served64", "SSA-GAN at 64", subject="ssagan", **_SSAGAN64
    ),
    serving_case(
        "ssagan_served256", "SSA-GAN at 256", subject="ssagan", **_SSAGAN256
    ),
)
_GUIDED_TRANSLATION = (
    training_case("ragan_edit256", "RAGAN, editing", 2, "ragan", **_EDITING256),
    training_case(
        "ragan_colorize256",
        "RAGAN, colorization",
        2,
        "ragan",
        **_COLORIZING256,
    ),
    *(
        generator_case(
            "ragan_generator256",
            "RAGAN's generator, editing",
            batch_size,
            None,
            subject="ragan",
            **_EDITING256,
        )
        for batch_size in (1, 8)
    ),
    serving_case(
        "ragan_served64", "RAGAN at 64", subject="ragan", **_EDITING64
    ),
    serving_case(
        "ragan_served256", "RAGAN at 256", subject="ragan", **_EDITING256
    ),
)
_IMAGE_TRANSLATION = (
    _ugatit(
        "ugatit_light256", "light", _LIGHT256, published=Published(0.28, 9.8)
    ),
    _ugatit(
        "ugatit_light256_recompute",
        "light, recompute",
        _LIGHT256,
        recompute=True,
        default=False,
    ),
    _ugatit(
        "ugatit_light256_bfloat16",
        "light, mixed_bfloat16",
        _LIGHT256,
        dtype="mixed_bfloat16",
        default=False,
    ),
    _ugatit("ugatit_light128", "light", _LIGHT128),
    _ugatit("ugatit_light64", "light", _LIGHT64),
    _ugatit("ugatit_full256", "full", _FULL256, default=False),
    _ugatit(
        "ugatit_full256_recompute",
        "full, recompute",
        _FULL256,
        recompute=True,
        default=False,
    ),
    training_case("cyclegan256", "CycleGAN", 1, "cyclegan", image_size=256),
    *(
        generator_case(
            "ugatit_generator256",
            "U-GAT-IT's generator, light",
            batch_size,
            published,
            subject="ugatit",
            **_LIGHT256,
        )
        for batch_size, published in ((1, 0.60), (4, 0.50))
    ),
    pipeline_case(
        "pipeline_unpaired64",
        "unpaired photographs, 178 x 218, at 64",
        "unpaired",
        1,
        ("ugatit_light64",),
        image_size=64,
    ),
    pipeline_case(
        "pipeline_unpaired256",
        "unpaired photographs, 178 x 218, at 256",
        "unpaired",
        1,
        ("ugatit_light256", "cyclegan256"),
        image_size=256,
    ),
    serving_case(
        "ugatit_served64",
        "U-GAT-IT light at 64",
        subject="ugatit",
        **_LIGHT64,
    ),
    serving_case(
        "ugatit_served256",
        "U-GAT-IT light at 256",
        subject="ugatit",
        **_LIGHT256,
    ),
)
CASES = _TEXT_TO_IMAGE + _ONE_STAGE + _IMAGE_TRANSLATION + _GUIDED_TRANSLATION


def choose(patterns):
    """The cases of the given names, or the default ones.

    Args:
        patterns: list of names, may be empty; `*` stands for any letters.

    Returns:
        List of `Case`, each once.

    Raises:
        ValueError: for a name that is not there.
    """
    if not patterns:
        return [case for case in CASES if case.default]
    chosen = {}
    for pattern in patterns:
        found = {
            case.name: case
            for case in CASES
            if fnmatch.fnmatchcase(case.name, pattern)
        }
        if not found:
            names = ", ".join(case.name for case in CASES)
            raise ValueError(
                f"only: expected some of {names}. Received: {pattern}"
            )
        chosen.update(found)
    return list(chosen.values())
