import collections
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.golden import load
from tests.golden import nhwc
from tfragan.data import image_augmentation
from tfragan.data.framing import Framing


def picture(height, width, channels=3, seed=0):
    """Smooth random colors, so that JPEG and resizing lose little."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (3, 4, channels), dtype=np.uint8)
    image = Image.fromarray(coarse)
    return image.resize((width, height), Image.Resampling.BICUBIC)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(contents):
    return image_augmentation.decode_image(tf.constant(contents)).numpy()


@pytest.mark.golden
@pytest.mark.parametrize("box", ["bbox", "nobbox"])
def test_attngan_image_pipeline_within_one_gray_level(box):
    arrays = load("attngan", "image_pipeline")
    image = tf.constant(arrays["in/image_uint8"])
    if box == "bbox":
        image = image_augmentation.crop_to_box(
            image, tf.constant(arrays["in/bbox_xywh"], tf.int32)
        )
    assert tuple(image.shape[:2]) == tuple(arrays[f"out/{box}/cropped_hw"])

    sizes = (64, 128, 256)
    scaled = image_augmentation.resize_short_side(
        image, Framing().short_side(sizes[-1])
    )
    assert tuple(scaled.shape[:2]) == tuple(arrays[f"out/{box}/scaled_hw"])
    thin = scaled.numpy()[::4, ::4].astype(int)
    assert np.abs(thin - arrays[f"out/{box}/scaled_uint8@sub4"]).max() <= 1

    crop = image_augmentation.crop_and_flip(
        scaled,
        sizes[-1],
        arrays["in/crop_top"],
        arrays["in/crop_left"],
        arrays["in/flip"],
    )
    pyramid = image_augmentation.image_pyramid(crop, sizes)
    for level, name in zip(pyramid, ("64", "128@sub2", "256@sub4"), strict=1):
        step = int(name.partition("@sub")[2] or 1)
        expected = arrays[f"out/{box}/img{name}"].transpose(1, 2, 0)
        actual = image_augmentation.normalize_image(level)[::step, ::step]
        assert actual.shape == expected.shape
        levels = np.abs(actual - expected) * 127.5
        assert levels.max() < 1.001


@pytest.mark.golden
def test_attngan_box_cases():
    cases = load("attngan", "image_pipeline")[
        "out/bbox_cases_W_H_x_y_w_h_x1_y1_x2_y2"
    ]
    for case in cases:
        width, height = case[:2]
        bounds = image_augmentation.box_crop_bounds(case[2:6], height, width)
        assert [int(bound) for bound in bounds] == list(case[6:])


@pytest.mark.golden
def test_attngan_saved_bytes_are_truncated():
    arrays = load("attngan", "image_pipeline")
    actual = image_augmentation.to_uint8(arrays["in/tanh_values"])
    np.testing.assert_array_equal(actual, arrays["out/saved_uint8"])


@pytest.mark.golden
def test_ugatit_test_transform_within_one_gray_level():
    arrays = load("ugatit", "preprocess")
    size = int(arrays["in/img_size"])
    image = tf.constant(arrays["in/image_u8"], tf.uint8)

    resized = image_augmentation.resize_image(image, [size, size])
    levels = resized.numpy().astype(int) - arrays["out/test_resized_u8"]
    assert np.abs(levels).max() <= 1
    normalized = image_augmentation.normalize_image(resized)
    expected = nhwc(arrays["out/test_normalised_chw"][None])[0]
    assert np.abs(normalized - expected).max() <= 0.008


@pytest.mark.golden
def test_ugatit_training_transform_within_one_gray_level():
    arrays = load("ugatit", "preprocess")
    size = int(arrays["in/img_size"])
    larger = arrays["out/train_flip_resized_u8"]
    image = tf.constant(arrays["in/image_u8"], tf.uint8)

    def transformed(side, top=0, left=0):
        enlarge = len(larger) - side
        return image_augmentation.enlarge_and_crop(
            image, side, enlarge, int(top), int(left), flip=True
        )

    levels = transformed(len(larger)).numpy().astype(int) - larger
    assert np.abs(levels).max() <= 1
    crop = transformed(size, arrays["in/crop_top"], arrays["in/crop_left"])
    actual = image_augmentation.normalize_image(crop)
    expected = nhwc(arrays["out/train_flip_crop_normalised_chw"][None])[0]
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= 0.008


def test_to_uint8_nearest_inverts_normalize():
    levels = np.arange(256, dtype=np.uint8)
    images = image_augmentation.normalize_image(levels)
    assert float(images[0]) == -1
    assert float(images[-1]) == 1
    np.testing.assert_array_equal(
        image_augmentation.to_uint8(images, "nearest"), levels
    )


def test_to_uint8_clips():
    images = tf.constant([-3.0, 3.0])
    assert image_augmentation.to_uint8(images).numpy().tolist() == [0, 255]


def test_to_uint8_refuses_unknown_rounding():
    with pytest.raises(ValueError, match="rounding='up'"):
        image_augmentation.to_uint8(tf.zeros([1]), "up")


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP"])
def test_lossless_kinds_decode_as_in_pil(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    contents = encoded(picture(9, 13), kind, **options)
    expected = np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))
    np.testing.assert_array_equal(decoded(contents), expected)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_of_any_color_space_becomes_rgb(mode):
    contents = encoded(picture(16, 24).convert(mode), "JPEG")
    expected = np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))
    actual = decoded(contents).astype(int)
    assert np.abs(actual - expected).max() <= 3


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpeg_decodes_exactly_as_in_pil(mode, options):
    noise = np.random.default_rng(1).integers(0, 256, (40, 51, 3), np.uint8)
    image = Image.fromarray(noise).convert(mode)
    contents = encoded(image, "JPEG", quality=80, **options)
    expected = np.asarray(Image.open(io.BytesIO(contents)).convert("RGB"))
    np.testing.assert_array_equal(decoded(contents), expected)


@pytest.mark.parametrize("colors", [2, 4, 16, 256])
def test_palette_png_of_any_depth_keeps_its_colors(colors):
    image = picture(9, 13).quantize(colors)
    np.testing.assert_array_equal(
        decoded(encoded(image, "PNG")), np.asarray(image.convert("RGB"))
    )


@pytest.mark.parametrize("mode", ["1", "L"])
def test_gray_png_gets_three_equal_channels(mode):
    image = picture(9, 13).convert(mode)
    np.testing.assert_array_equal(
        decoded(encoded(image, "PNG")), np.asarray(image.convert("RGB"))
    )


def test_16_bit_png_keeps_its_upper_8_bits():
    levels = np.random.default_rng(0).integers(0, 65536, (8, 9))
    contents = encoded(Image.fromarray(levels.astype(np.uint16)), "PNG")
    expected = np.repeat((levels // 256)[..., None], 3, axis=-1)
    np.testing.assert_array_equal(decoded(contents), expected)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_parts_of_png_become_white(mode):
    image = picture(9, 13, channels=4).convert(mode)
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    actual = decoded(encoded(image, "PNG")).astype(int)
    expected = np.asarray(white.convert("RGB"))
    assert np.abs(actual - expected).max() <= 1


def test_transparent_palette_entry_becomes_white():
    image = picture(9, 13).quantize(4)
    indices = np.asarray(image)
    actual = decoded(encoded(image, "PNG", transparency=1))
    assert (actual[indices == 1] == 255).all()
    np.testing.assert_array_equal(
        actual[indices != 1], np.asarray(image.convert("RGB"))[indices != 1]
    )


def test_box_without_width_leaves_the_image():
    image = tf.constant(np.asarray(picture(9, 13)))
    same = image_augmentation.crop_to_box(image, tf.constant([4, 3, 0, 0]))
    np.testing.assert_array_equal(same, image)


@pytest.mark.parametrize("shape", [(50, 31), (31, 50), (40, 40), (7, 90)])
def test_resize_short_side_agrees_with_pil(shape):
    image = picture(*shape)
    short = 38
    scale = short / min(shape)
    height, width = (int(side * scale + 1e-9) for side in shape)
    expected = image.resize((width, height), Image.Resampling.BILINEAR)
    actual = image_augmentation.resize_short_side(np.asarray(image), short)
    assert actual.dtype == tf.uint8
    difference = actual.numpy().astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


def test_random_crop_reaches_every_place_and_both_directions():
    size = 4
    image = tf.constant(np.arange(6 * 5 * 3).reshape(6, 5, 3))

    @tf.function
    def crop(seed):
        return image_augmentation.random_crop_and_flip(image, size, seed)

    seen = {
        crop(tf.constant([seed, 0])).numpy().tobytes() for seed in range(150)
    }
    expected = set()
    for top in range(3):
        for left in range(2):
            part = image.numpy()[top : top + size, left : left + size]
            expected |= {part.tobytes(), part[:, ::-1].tobytes()}
    assert seen == expected


def test_random_crop_is_a_function_of_its_seed():
    image = tf.constant(np.asarray(picture(20, 30)))
    crops = []
    for global_seed in (1, 2):
        tf.random.set_seed(global_seed)
        crops.append(image_augmentation.random_crop_and_flip(image, 8, [3, 4]))
    np.testing.assert_array_equal(*crops)


def test_random_crop_without_flip_never_mirrors():
    image = tf.constant(np.arange(4 * 4 * 3).reshape(4, 4, 3))
    for seed in range(8):
        crop = image_augmentation.random_crop_and_flip(
            image, 4, [seed, 0], flip=False
        )
        np.testing.assert_array_equal(crop, image)


@pytest.mark.parametrize("shape", [(50, 31), (9, 90), (20, 20), (200, 180)])
def test_resize_to_any_sides_agrees_with_pil(shape):
    image = picture(*shape)
    expected = image.resize((20, 30), Image.Resampling.BILINEAR)
    actual = image_augmentation.resize_image(np.asarray(image), [30, 20])
    assert actual.dtype == tf.uint8
    assert actual.shape == (30, 20, 3)
    difference = actual.numpy().astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


def test_resize_to_the_same_sides_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    same = image_augmentation.resize_image(image, tf.constant([9, 7]))
    np.testing.assert_array_equal(same, image)


def test_enlarged_crop_reaches_every_place_and_both_directions():
    image = np.asarray(picture(9, 8))
    larger = image_augmentation.resize_image(image, [6, 6]).numpy()
    mirrored = image_augmentation.resize_image(image[:, ::-1], [6, 6]).numpy()

    @tf.function
    def crop(seed):
        return image_augmentation.random_enlarge_and_crop(
            image, 4, seed, enlarge=2
        )

    counts = collections.Counter(
        crop(tf.constant([seed, 7])).numpy().tobytes() for seed in range(720)
    )
    expected = {
        source[top : top + 4, left : left + 4].tobytes()
        for source in (larger, mirrored)
        for top in range(3)
        for left in range(3)
    }
    assert set(counts) == expected
    # 40 of each are expected, with a standard deviation of 6.1.
    assert 15 < min(counts.values()) <= max(counts.values()) < 70


def test_enlarged_crop_without_flip_never_mirrors():
    image = np.asarray(picture(4, 4))
    for seed in range(8):
        same = image_augmentation.random_enlarge_and_crop(
            image, 4, [seed, 0], enlarge=0, flip=False
        )
        np.testing.assert_array_equal(same, image)


def test_center_crop_takes_the_middle():
    image = np.arange(6 * 9 * 3).reshape(6, 9, 3)
    crop = image_augmentation.center_crop(tf.constant(image), 4)
    np.testing.assert_array_equal(crop, image[1:5, 2:6])


def test_pyramid_levels_are_resized_from_the_largest():
    image = picture(32, 32)
    pyramid = image_augmentation.image_pyramid(np.asarray(image), (8, 16, 32))
    for level, size in zip(pyramid, (8, 16, 32), strict=True):
        expected = image.resize((size, size), Image.Resampling.BILINEAR)
        difference = np.asarray(level).astype(int) - np.asarray(expected)
        assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("sides", [(20, 30), (26, 17), (90, 120)])
def test_lanczos_agrees_with_pil_at_hard_edges(sides):
    checks = np.random.default_rng(0).integers(0, 2, (40, 50, 3), np.uint8)
    pixels = checks * np.uint8(255)
    expected = Image.fromarray(pixels).resize(
        sides[::-1], Image.Resampling.LANCZOS
    )
    actual = image_augmentation.resize_image(pixels, sides, "lanczos3")
    difference = actual.numpy().astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1
