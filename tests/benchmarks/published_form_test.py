import numpy as np
import pytest
import tensorflow as tf

from benchmarks import published_form
from benchmarks.flops import function_flops
from tfragan.layers import ClassActivationMap
from tfragan.layers import ReflectionConvolution
from tfragan.layers import UpsampleConvolution
from tfragan.models import UGATIT
from tfragan.models.ugatit import UGATITGenerator

# The smallest that there is. Power iterations would add operations of their
# own, which no other count here has.
_SMALLEST = {
    "image_size": 24,
    "light": True,
    "width": 2,
    "residual_blocks": 1,
    "discriminator_depth": 4,
    "spectral_normalization": False,
}


def _noise(*shape):
    draw = np.random.default_rng(0)
    return tf.constant(draw.standard_normal(shape), tf.float32)


def _count_forward(network, shape):
    spec = tf.TensorSpec(shape)
    return published_form.count(lambda x: [*network(x).values()], spec)[1]


def test_the_published_form_convolves_the_doubled_image():
    layer = UpsampleConvolution(5)
    layer.build((None, 4, 4, 3))
    done, published = published_form.count(layer, tf.zeros((2, 4, 4, 3)))
    # 4 x 4 positions meet a 4 x 4 kernel, 8 x 8 positions a 3 x 3 one.
    sums = 2 * 16 * 9 * (3 * 5)
    assert done == sums + 2 * (2 * 4 * 4) * (4 * 4 * 3) * 5
    assert published == 2 * (2 * 8 * 8) * (3 * 3 * 3) * 5
    # The layer is itself again.
    again, _ = published_form.count(layer, tf.zeros((2, 4, 4, 3)))
    assert again == done


@pytest.mark.parametrize("edge", ["zeros", "reflection"])
@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_the_doubled_image_gives_the_same_numbers(edge, use_bias, dtype):
    layer = UpsampleConvolution(
        4,
        edge=edge,
        use_bias=use_bias,
        bias_initializer="ones",
        dtype=dtype,
    )
    images = _noise(2, 3, 5, 3)
    expected = layer(images)
    with published_form.published_layers():
        found = layer(images)
    assert found.dtype == expected.dtype
    tolerance = 1e-5 if dtype == "float32" else 0.1
    np.testing.assert_allclose(
        tf.cast(found, tf.float32),
        tf.cast(expected, tf.float32),
        atol=tolerance,
    )


def test_the_edge_does_not_change_the_published_arithmetic():
    counts = []
    for edge in ("zeros", "reflection"):
        layer = UpsampleConvolution(5, edge=edge)
        layer.build((None, 4, 4, 3))
        counts.append(published_form.count(layer, tf.zeros((2, 4, 4, 3))))
    assert counts[0][1] == counts[1][1]
    # The repeated border pixels are really convolved.
    assert counts[1][0] - counts[0][0] == 2 * 2 * (36 - 16) * (4 * 4 * 3) * 5


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"negative_slope": 0.2},
        {"spectral_normalization": True, "reweighting": "normalized"},
    ],
    ids=["generator", "discriminator", "two_parts"],
)
@pytest.mark.parametrize("side", [2, 6])
def test_the_fused_attention_gives_the_same_numbers(options, side):
    layer = ClassActivationMap(bias_initializer="ones", **options)
    images = _noise(4, side, side, 8)
    layer.build(images.shape)
    weights = layer.get_weights()
    passes = {}
    if "spectral_normalization" in options:
        # Power iterations give each part of the batch weights of its own.
        passes = {"training": True, "passes": 2}
    expected = layer(images, **passes)
    layer.set_weights(weights)
    with published_form.published_layers():
        found = layer(images, **passes)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_the_published_attention_convolves_twice_the_channels():
    layer = ClassActivationMap()
    layer.build((None, 6, 6, 8))
    done, published = published_form.count(layer, tf.zeros((2, 6, 6, 8)))
    assert published == 2 * (2 * 6 * 6) * (2 * 8) * 8
    assert done == published // 2


@pytest.mark.parametrize("options", [{}, {"block": 2}, {"strides": 2}])
def test_a_reflected_convolution_gives_the_same_numbers(options):
    layer = ReflectionConvolution(3, 5, reflection=2, **options)
    images = _noise(2, 6, 8, 4)
    expected = layer(images)
    with published_form.published_layers():
        found = layer(images)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_published_translation_counts_as_by_hand():
    width, size, blocks = 2, 24, 3
    generator = UGATITGenerator(size, True, width=width, residual_blocks=blocks)
    generator.build()
    # Weights that meet each pixel of an image of full size, of half the
    # height and width, and of a quarter.
    full = 49 * 3 * width + 9 * (2 * width) * width + 49 * width * 3
    half = 9 * width * (2 * width) + 9 * (4 * width) * (2 * width)
    quarter = 9 * (2 * width) * (4 * width)
    quarter += 4 * blocks * 9 * (4 * width) ** 2 + (8 * width) * (4 * width)
    dense = 4 * (4 * width) ** 2

    products = size**2 * (full + half / 4 + quarter / 16) + dense
    assert _count_forward(generator, (1, size, size, 3)) == 2 * products


def test_the_published_step_is_eight_translations_and_their_gradients():
    model = UGATIT(**_SMALLEST)
    image = (1, 24, 24, 3)
    translation = _count_forward(model.generator_ab, image)
    judges = model.discriminators_of("a").values()
    judgement = sum(_count_forward(judge, image) for judge in judges)
    stem = 2 * (24 * 24) * (7 * 7 * 3) * 2

    def step(batch):
        return published_form.ugatit_step(model, batch)

    with published_form.published_layers():
        published = function_flops(tf.function(step), model.batch_spec(1))

    # Backward for inputs and for weights. No gradient goes to real images:
    # those of six of the translations. Two domains, with a real and a fake
    # image in one update and a fake one in the other.
    expected = 3 * 8 * translation - 6 * stem + 3 * 2 * (2 + 1) * judgement
    assert published == expected


def test_recomputation_is_done_but_not_published():
    counts = []
    for recompute in (False, True):
        generator = UGATITGenerator(
            24, True, width=2, residual_blocks=1, recompute=recompute
        )
        generator.build()

        def gradients(images, generator=generator):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(generator(images)["image"])
            return tape.gradient(loss, generator.modulation.gamma.kernel)

        counts.append(published_form.count(gradients, _noise(1, 24, 24, 3)))
    (done, published), (more, same) = counts
    assert same == published
    assert more > 1.1 * done
