"""The figures of the papers, each with where it stands."""

import dataclasses

UNSTATED = "unstated"

_ATTNGAN = "Xu et al., 2018, arXiv 1711.10485"
_ATTNGAN_2 = f"{_ATTNGAN}, table 2"
_ATTNGAN_3 = f"{_ATTNGAN}, table 3"
_DMGAN = "README of the repository MinfengZhu/DM-GAN"
_DMGAN_TORCH = f"{_DMGAN}, PyTorch FID"
_DMGAN_TTUR = f"{_DMGAN}, TF FID"
_SSAGAN = "Liao et al., 2022, arXiv 2104.00567, the table of results"
_DFGAN = "Tao et al., 2022, arXiv 2008.05865, table 1"
_QUOTED = f"quoted by {_SSAGAN}"
_README = "README of the repository tobran/DF-GAN"
_UGATIT = "Kim et al., 2020, arXiv 1907.10830, the tables of KID x 100"

_TEST = {"split": "test", "image_size": 256}
_MANY = {**_TEST, "images": 30_000}
_CHOICE = {**_MANY, "candidates": 100}
_BIRDS_SCORE = {
    **_MANY,
    "features": "inception_v3 fine-tuned on birds",
    "splits": 10,
}
_COCO_SCORE = {
    **_MANY,
    "features": "inception_v3_2015",
    "resize": "legacy_tensorflow to 299 x 299",
    "splits": 10,
}
_TORCH = {
    **_MANY,
    "features": "inception_v3 of torchvision",
    UNSTATED: ("real images",),
}
_OWN = {
    **_TEST,
    "features": "inception_v3 of torchvision",
    UNSTATED: ("images",),
}
_TTUR = {
    **_MANY,
    "features": "inception_v3_2015",
    "resize": "legacy_tensorflow to 299 x 299",
    UNSTATED: ("real images",),
}
_UNCLEAR = {
    **_TEST,
    UNSTATED: ("images", "real images", "features", "resize"),
}
_UNCLEAR_SCORE = {**_TEST, UNSTATED: ("images", "features", "splits")}

_BIRDS = (
    "The network is that of StackGAN's evaluation, fine-tuned on birds: "
    "scores of networks of ImageNet are on another scale."
)
_BIRDS_UNCLEAR = (
    "Values of the network fine-tuned on birds stand beside it; the "
    "repository's own script takes the network of ImageNet and 3 splits."
)
_OWN_DAMSM = (
    "Mean and standard deviation. The published code has no R-precision; "
    "others measured about 0.62 on the released model of birds."
)
_NOT_IN_PAPER = "The paper has no FID: measured by the authors of DM-GAN."
_DMGAN_CODE = (
    "By the code of DM-GAN, an early pytorch-fid on torchvision's "
    "Inception-v3, not on the graph of 2015."
)
_TORCH_NOTE = f"{_NOT_IN_PAPER} {_DMGAN_CODE}"
_DFGAN_NOTE = (
    "On torchvision's Inception-v3, not on the graph of 2015. The "
    "repository's statistics of CUB are of test images augmented by flips "
    "and shifts to about 30,000, and its sampling truncates the noise."
)
_SSAGAN_NOTE = (
    "The repository has no code for it and points to the TensorFlow program "
    "of TTUR; the values of other models beside it are of an early "
    "pytorch-fid on torchvision's Inception-v3."
)
_UGATIT_NOTE = (
    "Published times 100. Probably not the plain KID to the target but half "
    "of 0.02 KID(target, translated) + 0.98 KID(source, translated), the "
    '"mean KID" of a metric code of the first author: of the released model '
    "others measured a plain KID of 0.027 and a mean KID of 0.112 on "
    "selfie2anime. Blocks of at most 10 images; +- is over blocks."
)

_SCORE = "inception_score"
_PRECISION = "r_precision"
_FRECHET = "frechet_inception_distance"
_KERNEL = "kernel_inception_distance"

# Rows: metric, data, value, +-, protocol, source, note, variant.
_ATTNGAN_ROWS = (
    (_SCORE, "CUB", 4.36, 0.03, _BIRDS_SCORE, _ATTNGAN_3, _BIRDS, ""),
    (_SCORE, "COCO", 25.89, 0.47, _COCO_SCORE, _ATTNGAN_3, "", ""),
    (_PRECISION, "CUB", 0.6782, 0.0443, _CHOICE, _ATTNGAN_2, _OWN_DAMSM, ""),
    (_PRECISION, "COCO", 0.8547, 0.0369, _CHOICE, _ATTNGAN_2, _OWN_DAMSM, ""),
    (_FRECHET, "CUB", 23.98, None, _TORCH, _DMGAN_TORCH, _TORCH_NOTE, ""),
    (_FRECHET, "COCO", 35.49, None, _TORCH, _DMGAN_TORCH, _TORCH_NOTE, ""),
    (_FRECHET, "CUB", 14.01, None, _TTUR, _DMGAN_TTUR, _NOT_IN_PAPER, ""),
    (_FRECHET, "COCO", 29.53, None, _TTUR, _DMGAN_TTUR, _NOT_IN_PAPER, ""),
)
# Of two stages on CUB: score, +-, R-precision, +-.
_ATTNGAN_ABLATION = {
    "two stages, no DAMSM": (3.98, 0.04, 0.1037, 0.0588),
    "two stages, lambda 0.1": (4.19, 0.06, 0.1655, 0.0483),
    "two stages, lambda 1": (4.35, 0.05, 0.3496, 0.0402),
    "two stages, lambda 5": (4.35, 0.04, 0.5865, 0.0541),
    "two stages, lambda 10": (4.29, 0.05, 0.6387, 0.0485),
}
_SSAGAN_ROWS = (
    (_SCORE, "CUB", 5.17, 0.08, _UNCLEAR_SCORE, _SSAGAN, _BIRDS_UNCLEAR, ""),
    (_FRECHET, "CUB", 15.61, None, _UNCLEAR, _SSAGAN, _SSAGAN_NOTE, ""),
    (_FRECHET, "COCO", 19.37, None, _UNCLEAR, _SSAGAN, _SSAGAN_NOTE, ""),
)
_FIRST = "first version, 2020"
_RELEASED = "released model"
_DFGAN_ROWS = (
    (_SCORE, "CUB", 5.10, None, _BIRDS_SCORE, _DFGAN, _BIRDS, ""),
    (_FRECHET, "CUB", 14.81, None, _TORCH, _DFGAN, _DFGAN_NOTE, ""),
    (_FRECHET, "COCO", 19.32, None, _TORCH, _DFGAN, _DFGAN_NOTE, ""),
    (_SCORE, "CUB", 4.86, 0.04, _BIRDS_SCORE, _QUOTED, _BIRDS, _FIRST),
    (_FRECHET, "CUB", 19.24, None, _TORCH, _QUOTED, _DMGAN_CODE, _FIRST),
    (_FRECHET, "COCO", 28.92, None, _TORCH, _QUOTED, _DMGAN_CODE, _FIRST),
    (_FRECHET, "CUB", 12.10, None, _OWN, _README, _DFGAN_NOTE, _RELEASED),
    (_FRECHET, "COCO", 15.41, None, _OWN, _README, _DFGAN_NOTE, _RELEASED),
)
# The directions of a data set: KID x 100 and what stands behind +-.
_TRANSLATION_TABLES = {
    "U-GAT-IT": {
        "selfie2anime": ((11.61, 0.57), (11.52, 0.57)),
        "horse2zebra": ((7.06, 0.8), (7.47, 0.71)),
        "cat2dog": ((7.07, 0.65), (8.15, 0.66)),
        "photo2portrait": ((1.79, 0.34), (1.69, 0.53)),
        "photo2vangogh": ((4.28, 0.33), (5.61, 0.32)),
    },
    "CycleGAN": {
        "selfie2anime": ((13.08, 0.49), (11.84, 0.74)),
        "horse2zebra": ((8.05, 0.72), (8.0, 0.66)),
        "cat2dog": ((8.92, 0.69), (9.94, 0.36)),
        "photo2portrait": ((1.84, 0.34), (1.82, 0.36)),
        "photo2vangogh": ((5.46, 0.33), (4.68, 0.36)),
    },
}
# The same of U-GAT-IT with parts left out, on selfie2anime.
_TRANSLATION_ABLATION = {
    "IN instead of AdaLIN": ((13.64, 0.76), (13.58, 0.8)),
    "LN instead of AdaLIN": ((12.39, 0.61), (13.17, 0.8)),
    "AdaIN instead of AdaLIN": ((12.29, 0.78), (11.81, 0.77)),
    "GN instead of AdaLIN": ((12.76, 0.64), (12.30, 0.77)),
    "no CAM": ((12.85, 0.82), (14.06, 0.75)),
    "no CAM in the generator": ((12.33, 0.68), (13.86, 0.75)),
    "no CAM in the discriminator": ((12.49, 0.74), (13.33, 0.89)),
}


@dataclasses.dataclass(frozen=True)
class PublishedResult:
    """A figure as a paper or its repository gives it.

    Attributes:
        model: such as `"AttnGAN"`.
        metric: as this package names it, where all that is named fits.
        data: the data set, such as `"CUB"`.
        of: what was measured: `"generated"`, or the direction of a
            translation, `"ab"` or `"ba"`.
        value: the number in the unit of `Measurement`: rates from 0 to 1,
            distances not multiplied.
        error: what stands behind +-, in the same unit, or None.
        protocol: what is known of how it was measured, with the keys of
            `Measurement`; `"unstated"` names what is not known.
        source: where it stands.
        note: what is unusual about it.
        variant: what differs from the model itself, such as an ablation; ""
            for the model.
    """

    model: str
    metric: str
    data: str
    of: str
    value: float
    error: float | None
    protocol: dict
    source: str
    note: str = ""
    variant: str = ""

    def in_words(self):
        """The value and its error, str."""
        text = f"{self.value:g}"
        return text if self.error is None else f"{text} +- {self.error:g}"


def _text_to_image():
    tables = {
        "AttnGAN": [*_ATTNGAN_ROWS, *_ablation_rows()],
        "SSA-GAN": _SSAGAN_ROWS,
        "DF-GAN": _DFGAN_ROWS,
    }
    return [
        PublishedResult(model, metric, data, "generated", *rest)
        for model, rows in tables.items()
        for metric, data, *rest in rows
    ]


def _ablation_rows():
    rows = []
    for variant, figures in _ATTNGAN_ABLATION.items():
        about = (_ATTNGAN_2, _BIRDS, variant)
        rows.append((_SCORE, "CUB", *figures[:2], _BIRDS_SCORE, *about))
        about = (_ATTNGAN_2, _OWN_DAMSM, variant)
        rows.append((_PRECISION, "CUB", *figures[2:], _CHOICE, *about))
    return rows


def _translation():
    rows = [
        (model, data, figures, "")
        for model, table in _TRANSLATION_TABLES.items()
        for data, figures in table.items()
    ]
    rows += [
        ("U-GAT-IT", "selfie2anime", figures, variant)
        for variant, figures in _TRANSLATION_ABLATION.items()
    ]
    return [
        PublishedResult(
            model,
            _KERNEL,
            data,
            direction,
            round(value / 100.0, 6),
            round(error / 100.0, 6),
            _UNCLEAR,
            _UGATIT,
            _UGATIT_NOTE,
            variant,
        )
        for model, data, figures, variant in rows
        for direction, (value, error) in zip(("ab", "ba"), figures, strict=True)
    ]


PUBLISHED_RESULTS = (*_text_to_image(), *_translation())
