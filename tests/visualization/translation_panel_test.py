import numpy as np
import pytest

from tests import golden
from tests.published import load_all
from tfragan import visualization as panel
from tfragan.convert import ugatit_weights
from tfragan.models import UGATITGenerator
from tfragan.visualization import draw_heat_map
from tfragan.visualization import to_pixels
from tfragan.visualization import to_unit_range
from tfragan.visualization.translation_panel import heat_map_levels
from tfragan.visualization.translation_panel import jet_colors
from tfragan.visualization.translation_panel import resize_levels


def _cases(arrays):
    count = sum(key.startswith("in/heatmap") for key in arrays)
    for number in range(count):
        yield (
            arrays[f"in/heatmap{number}"],
            int(arrays[f"in/size{number}"]),
            {
                name: arrays[f"out/{name}{number}"]
                for name in ("gray", "gray_resized", "bgr")
            },
        )


@pytest.mark.golden
def test_ugatit_gray_levels_are_the_published_ones():
    for values, _, expected in _cases(golden.load("ugatit", "heatmap")):
        levels = heat_map_levels(values)
        np.testing.assert_array_equal(levels, expected["gray"])


@pytest.mark.golden
def test_ugatit_resized_levels_are_off_by_one_at_most():
    for _, size, expected in _cases(golden.load("ugatit", "heatmap")):
        levels = expected["gray"].astype(np.uint8)
        resized = resize_levels(levels, size).astype(int)
        assert np.abs(resized - expected["gray_resized"]).max() <= 1


@pytest.mark.golden
def test_ugatit_colors_of_given_levels_are_exact():
    arrays = golden.load("ugatit", "heatmap")
    bgr = jet_colors()[:, ::-1]
    np.testing.assert_array_equal(bgr, arrays["out/jet_lut_bgr"])
    for _, _, expected in _cases(arrays):
        levels = expected["gray_resized"].astype(int)
        np.testing.assert_array_equal(
            (bgr[levels] / np.float32(255)).astype(np.float32), expected["bgr"]
        )


@pytest.mark.golden
def test_ugatit_pictures_are_rgb_and_off_by_a_level_at_most():
    for values, size, expected in _cases(golden.load("ugatit", "heatmap")):
        picture = draw_heat_map(values, size).astype(int)
        difference = np.abs(picture - 255 * expected["bgr"][..., ::-1])
        steps = np.abs(np.diff(jet_colors().astype(int), axis=0))
        assert difference.max() <= steps.max()


@pytest.mark.parametrize("value", [0.0, -3.5, 1e30])
def test_a_map_without_contrast_is_all_dark_blue(value):
    picture = draw_heat_map(np.full((4, 4, 1), value), 8)
    assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[0, 0, 128]]


def test_maps_and_pictures_need_not_be_square():
    values = np.arange(6.0).reshape(2, 3)
    picture = draw_heat_map(values, (8, 12))
    assert picture.shape == (8, 12, 3)
    assert picture[0, 0].tolist() == [0, 0, 128]
    assert picture[-1, -1].tolist() == [128, 0, 0]


def test_anything_else_is_refused():
    with pytest.raises(ValueError, match=r"heat_map.shape=\(2, 2, 3\)"):
        draw_heat_map(np.zeros((2, 2, 3)), 8)


def _generator(shift, heat_map=True):
    """Adds to the images and remembers how it was called."""

    def generate(images, training):
        assert training is False
        outputs = {"image": images + shift, "cam_logit": images[:, 0, 0, :2]}
        if heat_map:
            outputs["heat_map"] = images[:, ::4, ::4, :1]
        return outputs

    return generate


def _images(count=2, height=8, width=12):
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, height, width, 3), np.uint8)


def test_a_column_shows_the_image_and_three_passes_with_their_maps():
    pixels = _images()
    images = to_unit_range(pixels)
    passes = panel.translation_passes(
        _generator(0.5), _generator(-0.25), images
    )
    columns = panel.translation_columns(images, passes)
    assert columns.shape == (2, 7 * 8, 12, 3)
    rows = np.split(columns, 7, axis=1)
    np.testing.assert_array_equal(rows[0], pixels)
    for row, shift in ((2, -0.25), (4, 0.5), (6, 0.25)):
        np.testing.assert_array_equal(rows[row], to_pixels(images + shift))
    assert len(panel.panel_rows()) == 7


def test_generators_without_heat_maps_show_four_images():
    pixels = _images(3)
    picture = panel.translation_panel(
        pixels,
        lambda images: panel.translation_passes(
            _generator(0.1, False), _generator(0.2, False), images
        ),
    )
    assert picture.shape == (4 * 8, 3 * 12, 3)
    np.testing.assert_array_equal(picture[:8, 12:24], pixels[1])
    assert panel.panel_rows(heat_maps=False) == [
        "real image",
        "identity",
        "translation",
        "cycle",
    ]


def test_images_are_run_one_at_a_time():
    sizes = []

    def run(images):
        sizes.append(len(images))
        return panel.translation_passes(_generator(0), _generator(0), images)

    panel.translation_panel(_images(4), run)
    assert sizes == [1] * 4


def _published_generator(arrays, name, size):
    parameters = golden.group(arrays, f"param/{name}")
    blocks = [key for key in parameters if key.endswith("conv_block.1.weight")]
    modulation = parameters["FC.0.weight"]
    generator = UGATITGenerator(
        size,
        light=modulation.shape[0] == modulation.shape[1],
        width=len(parameters["DownBlock.1.weight"]),
        residual_blocks=len(blocks),
    )
    generator.build()
    load_all(ugatit_weights.generator_entries(generator), parameters)
    return generator


@pytest.mark.golden
@pytest.mark.parametrize(
    ("direction", "real", "there", "back"),
    [
        ("A2B", "real_A", "genA2B", "genB2A"),
        ("B2A", "real_B", "genB2A", "genA2B"),
    ],
)
def test_ugatit_columns_are_the_published_ones(direction, real, there, back):
    arrays = golden.load("ugatit", "test_panel")
    images = golden.nhwc(arrays[f"in/{real}"])
    size = images.shape[1]
    passes = panel.translation_passes(
        _published_generator(arrays, there, size),
        _published_generator(arrays, back, size),
        images,
    )
    column = panel.translation_columns(images, passes)[0, :, :, ::-1]
    strips, files = (
        np.split(arrays[f"out/{direction}_{name}"], 7)
        for name in ("bgr255", "png_bgr")
    )
    rows = np.split(column.astype(np.float64), 7)
    for number in (0, 2, 4, 6):
        assert np.abs(rows[number] - files[number]).max() <= 1
    for number, name in ((2, "identity"), (4, "translation"), (6, "cycle")):
        image = np.asarray(passes[name]["image"])[0, :, :, ::-1]
        assert np.abs((image + 1) * 127.5 - strips[number]).max() <= 0.5
    for number in (1, 3, 5):
        difference = np.abs(rows[number] - strips[number])
        assert np.mean(difference <= 8) >= 0.99
