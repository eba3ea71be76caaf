"""Resizes beside those of clean-fid and torch-fidelity."""

import numpy as np
import pytest

from tfragan import metrics

torch = pytest.importorskip("torch")
cleanfid_resize = pytest.importorskip("cleanfid.resize")
interpolate = pytest.importorskip(
    "torch_fidelity.interpolate_compat_tensorflow"
)


@pytest.fixture(params=["enlarged", "shrunk"])
def images(request, real, montage):
    return real[:8] if request.param == "enlarged" else montage


@pytest.mark.parametrize(
    ("resize", "mode", "limit"),
    [
        ("antialiased_bicubic", "clean", 1e-3),
        # Places are float32 there: off by up to 3e-5 of a pixel at 512.
        ("legacy_pytorch", "legacy_pytorch", 1e-2),
    ],
)
def test_resizes_are_those_of_clean_fid(
    images, resize, mode, limit, assert_close
):
    resizer = cleanfid_resize.build_resizer(mode)
    expected = np.stack([resizer(image) for image in images])
    actual = metrics.resize_levels(images, 299, resize)
    assert_close(resize, "clean-fid", actual, expected, limit, "gray levels")


def test_the_legacy_resize_is_that_of_torch_fidelity(images, assert_close):
    channels_first = torch.tensor(images).permute(0, 3, 1, 2).float()
    expected = interpolate.interpolate_bilinear_2d_like_tensorflow1x(
        channels_first, (299, 299), align_corners=False
    )
    assert_close(
        "legacy_tensorflow",
        "torch-fidelity",
        metrics.resize_levels(images, 299, "legacy_tensorflow"),
        expected.permute(0, 2, 3, 1),
        # Here, too.
        1e-2,
        "gray levels",
    )
