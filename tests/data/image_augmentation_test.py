import collections
import dataclasses
import fractions
import io
import itertools
import re

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tfragan.data import image_augmentation
from tfragan.data.framing import FRAMINGS
from tfragan.data.framing import Framing
from tfragan.data.image_batches import Framer
from tfragan.models.ragan.ragan_guidance import grayscale


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


def crop_and_flip(image, size, corner, flip):
    crop = tf.slice(image, [*corner, 0], [size, size, -1])
    return image_augmentation.mirror(crop, flip)


def decoded(contents):
    return image_augmentation.decode_image(tf.constant(contents)).numpy()


@pytest.mark.golden
@pytest.mark.parametrize("box", ["bbox", "nobbox"])
def test_attngan_image_pipeline_within_one_gray_level(box):
    arrays = load("attngan", "image_pipeline")
    given, expected = group(arrays, "in"), group(arrays, f"out/{box}")
    image = tf.constant(given["image_uint8"])
    if box == "bbox":
        image = image_augmentation.crop_to_box(
            image, tf.constant(given["bbox_xywh"], tf.int32)
        )
    assert tuple(image.shape[:2]) == tuple(expected["cropped_hw"])

    images = dict(
        sorted(
            (int(re.match(r"img(\d+)", name)[1]), name)
            for name in expected
            if name.startswith("img")
        )
    )
    largest = max(images)
    scaled = image_augmentation.resize_short_side(
        image, Framing().short_side(largest)
    )
    assert tuple(scaled.shape[:2]) == tuple(expected["scaled_hw"])
    (name,) = (name for name in expected if name.startswith("scaled_uint8"))
    levels = np.asarray(thinned(scaled, name), int)
    assert np.abs(levels - expected[name]).max() <= 1

    corner = given["crop_top"], given["crop_left"]
    crop = crop_and_flip(scaled, largest, corner, given["flip"])
    pyramid = image_augmentation.image_pyramid(crop, tuple(images))
    for level, name in zip(pyramid, images.values(), strict=True):
        actual = thinned(image_augmentation.normalize_image(level), name)
        wanted = nhwc(expected[name][None])[0]
        assert actual.shape == wanted.shape
        assert np.abs(actual - wanted).max() * 127.5 < 1.001


def thinned(image, name):
    """Every n-th row and column of an image whose name ends with `@subn`."""
    step = int(name.partition("@sub")[2] or 1)
    return image[::step, ::step]


@pytest.mark.golden
@pytest.mark.parametrize("box", [False, True])
def test_ragan_image_pipeline_within_one_gray_level(box):
    arrays = load("ragan", "data_pipeline")
    shorter, size = (int(side) for side in arrays["in/load_fine"])
    framing = dataclasses.replace(
        FRAMINGS["ragan"], margin=fractions.Fraction(shorter, size)
    )
    names = {name.split("/")[1] for name in arrays if "/use_bbox" in name}
    cases = [
        (group(arrays, f"in/{name}"), group(arrays, f"out/{name}"))
        for name in names
        if bool(arrays[f"in/{name}/use_bbox"][0]) == box
    ]
    assert cases
    for given, expected in cases:
        levels = [name for name in expected if name.startswith("img")]
        sizes = sorted(expected[name].shape[-1] for name in levels)
        framer = Framer(sizes, framing)
        image = tf.constant(arrays["in/image"])
        if box:
            image = framer.crop_to_box(image, tf.constant(arrays["in/bbox"]))
        height, width = framer.sides(image)
        sides = [*image.shape[1::-1], int(width), int(height)]
        assert sides == expected["first_resize_wh_in_out"].tolist()

        resized = image_augmentation.resize_image(
            image, (height, width), framing.resize_method
        )
        crop = crop_and_flip(
            resized, size, given["crop_top_left"], bool(given["flip"][0])
        )
        for number, level in enumerate(framer.pyramid(crop)):
            difference = level - nhwc(expected[f"img{number}"][None])[0]
            assert np.abs(difference).max() * 127.5 < 1.001
        gray = grayscale(level)[..., 0]
        assert np.abs(gray - expected["gray"][0]).max() * 127.5 < 1.01


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


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_to_uint8_refuses_what_is_no_color(value):
    images = tf.constant([0.0, value])
    sentence = "An image holds NaN or infinity"
    with pytest.raises(image_augmentation.NotFiniteError, match=sentence):
        image_augmentation.to_uint8(images)
    in_graph = tf.function(image_augmentation.to_uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match=sentence):
        in_graph(images)


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


@pytest.mark.parametrize(
    "image",
    [
        *(picture(9, 13).quantize(colors) for colors in (2, 4, 16, 256)),
        *(picture(9, 13).convert(mode) for mode in ("1", "L")),
    ],
)
def test_png_of_any_depth_keeps_its_colors(image):
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


def test_random_window_reaches_every_place_and_both_directions():
    @tf.function
    def window(seed):
        return image_augmentation.random_window(tf.constant([6, 5]), 4, seed)

    seen = {
        tuple(int(each) for each in window(tf.constant([seed, 0])))
        for seed in range(150)
    }
    assert seen == set(itertools.product(range(3), range(2), range(2)))


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


def test_center_square_takes_the_middle():
    image = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    square = image_augmentation.center_square(tf.constant(image), 6)
    np.testing.assert_array_equal(square, image[:, 1:7])


@pytest.mark.parametrize("size", [32, 50])
def test_pyramid_levels_are_those_of_pil(size):
    image = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    sizes = (8, size // 2, size)
    pyramid = image_augmentation.image_pyramid(tf.constant(image), sizes)
    for level, side in zip(pyramid, sizes, strict=True):
        expected = Image.fromarray(image).resize(
            (side, side), Image.Resampling.BILINEAR
        )
        np.testing.assert_array_equal(level, expected)


@pytest.mark.parametrize("sides", [(20, 30), (26, 17), (90, 120)])
def test_lanczos_agrees_with_pil_at_hard_edges(sides):
    checks = np.random.default_rng(0).integers(0, 2, (40, 50, 3), np.uint8)
    pixels = checks * np.uint8(255)
    expected = Image.fromarray(pixels).resize(
        sides[::-1], Image.Resampling.LANCZOS
    )
    actual = image_augmentation.resize_image(pixels, sides, "lanczos3")
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("method", ["bilinear", "lanczos3"])
def test_a_window_is_a_part_of_the_resized_image(method):
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    for sides in ((20, 30), (61, 80), (40, 50)):
        whole = image_augmentation.resize_image(image, sides, method)
        part = image_augmentation.resize_image(
            image, sides, method, (3, 7, 11, 9)
        )
        np.testing.assert_array_equal(part, whole[3:14, 7:16])
