import numpy as np
import pytest
from PIL import Image

from tfragan.metrics import color_error
from tfragan.metrics import colored_alike
from tfragan.metrics import mean_chroma


def _random(count=2, size=6, seed=0):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, (count, size, size, 3), np.uint8)


def test_the_error_is_that_of_pillow_s_ycbcr():
    images, truths = _random(), _random(seed=1)
    error = color_error(images, truths)
    difference = np.abs(images.astype(float) - truths)
    assert error.rgb == pytest.approx(difference.mean(), rel=1e-6)

    def chroma(batch):
        planes = [
            np.asarray(Image.fromarray(one).convert("YCbCr"), float)
            for one in batch
        ]
        return np.stack(planes)[..., 1:]

    expected = np.abs(chroma(images) - chroma(truths)).mean()
    assert error.chroma == pytest.approx(expected, abs=0.5)


def test_lightness_has_no_chroma():
    dark = np.full((1, 4, 4, 3), 40, np.uint8)
    error = color_error(dark + np.uint8(60), dark)
    assert error.rgb == 60.0
    assert error.chroma == pytest.approx(0.0, abs=1e-3)


def test_images_without_chroma_are_gray_and_as_light_as_before():
    images = _random()
    gray = colored_alike(images)
    assert gray.dtype == np.uint8
    assert np.ptp(gray, axis=-1).max() == 0
    expected = images @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(gray[..., 0], expected, atol=0.51)


def test_one_chroma_everywhere_is_the_mean_of_the_images():
    images = _random() // 4 + np.array([120, 90, 60], np.uint8)
    alike = colored_alike(images, mean_chroma(images))
    np.testing.assert_allclose(mean_chroma(alike), mean_chroma(images), atol=1)
    # Red is above blue in each pixel then.
    assert (alike[..., 0] > alike[..., 2]).all()


def test_other_shapes_are_named():
    with pytest.raises(ValueError, match=r"\(2, 6, 6, 3\) and \(1, 6, 6, 3\)"):
        color_error(_random(), _random(1))
    with pytest.raises(ValueError, match="at least one image"):
        color_error(_random(0), _random(0))
