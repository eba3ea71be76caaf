"""One-stage networks with the weights of a fixture, whatever its sizes."""

import numpy as np
import tensorflow as tf

from tests.golden import load
from tests.golden import nhwc
from tests.published import load_all
from tests.published import published_gradients
from tests.published import published_values
from tfragan.convert import one_stage_weights
from tfragan.convert.weight_map import load_state_dict
from tfragan.models import DFGANGenerator
from tfragan.models import OneWayDiscriminator
from tfragan.models import SSAGANGenerator

# Of the specification: relative to the array's largest number, and to the
# largest gradient of the file.
MODULE = (1e-4, 1e-5)
NETWORK = (1e-3, 2e-5)
PENALTY = (5e-4, 1e-5)
# In float32 a few of the numbers that a ReLU takes in are on the other side
# of zero, of which each changes a gradient by a jump: sums over 256 x 256
# pixels whose signs cancel are the most affected. The specification's
# tolerance is kept in float64, whose rounding moves none.
WITH_JUMPS = (1e-2, 3e-3)

_FIRST_SCALE = "block0.affine0.fc_gamma.linear1.weight"


def load_fixture(name):
    return load("ssagan", name)


def tensor(arrays, name):
    """An input of a fixture in our layout."""
    array = arrays[f"in/{name}"]
    return tf.constant(nhwc(array) if array.ndim == 4 else array)


def ssagan_generator(parameters, image_size, dtype="float32"):
    """SSA-GAN's generator and its `WeightEntry` list."""
    generator = SSAGANGenerator(
        image_size,
        embedding_dim=parameters[_FIRST_SCALE].shape[1],
        width=parameters["conv_img.2.weight"].shape[1],
        noise_dim=parameters["fc.weight"].shape[1],
        mask_filters=len(parameters["conv_mask.0.weight"]),
        dtype=dtype,
    )
    generator.build()
    return generator, load_generator(generator, parameters)


def dfgan_generator(parameters, image_size, version):
    """DF-GAN's generator and its `WeightEntry` list."""
    output = {"2022": "to_rgb.1.weight", "2020": "conv_img.1.weight"}
    affine = {"2022": "GBlocks.0.fuse1.", "2020": "block0."}[version]
    noise_dim = parameters["fc.weight"].shape[1]
    condition = parameters[f"{affine}affine0.fc_gamma.linear1.weight"].shape[1]
    generator = DFGANGenerator(
        image_size,
        embedding_dim=condition - (noise_dim if version == "2022" else 0),
        width=parameters[output[version]].shape[1],
        noise_dim=noise_dim,
        version=version,
    )
    generator.build()
    return generator, load_generator(generator, parameters)


def ssagan_discriminator(parameters, image_size, dtype="float32"):
    """The discriminator of SSA-GAN and its `WeightEntry` list."""
    discriminator = _discriminator(
        parameters["conv_img.weight"],
        parameters["COND_DNET.joint_conv.0.weight"],
        image_size,
        widest=16,
        dtype=dtype,
    )
    return discriminator, load_discriminator(discriminator, parameters)


def dfgan_discriminator(parameters, image_size):
    """The discriminator of DF-GAN of 2022 and its `WeightEntry` list.

    The parameters begin with `netD/` and `netC/`.
    """
    discriminator = _discriminator(
        parameters["netD/conv_img.weight"],
        parameters["netC/joint_conv.0.weight"],
        image_size,
        widest=8,
    )
    return discriminator, load_discriminator(discriminator, parameters)


def load_discriminator(discriminator, parameters):
    """Loads a discriminator; of 2022 where the names begin with `netD/`."""
    if "conv_img.weight" in parameters:
        entries = one_stage_weights.discriminator_entries(discriminator)
    else:
        entries = one_stage_weights.dfgan_discriminator_entries(discriminator)
        parameters = {
            name.replace("/", ".", 1): value
            for name, value in parameters.items()
            if not name.startswith("netG/")
        }
    report = load_state_dict(entries, parameters, "fixture")
    # Blocks that keep their width have an idle shortcut in published files.
    assert all(".conv_s." in name for name in report.unused), report.unused
    return entries


def load_generator(generator, parameters):
    """Loads a generator of either model; returns its `WeightEntry` list."""
    entries = one_stage_weights.generator_entries(generator)
    load_all(entries, parameters)
    return entries


def _discriminator(stem, joint, image_size, widest, dtype="float32"):
    width = len(stem)
    doublings = (image_size // 4).bit_length() - 1
    discriminator = OneWayDiscriminator(
        image_size,
        joint.shape[1] - width * min(2**doublings, widest),
        width,
        widest,
        dtype=dtype,
    )
    discriminator.build()
    return discriminator


def assert_within(actual, expected, relative, absolute, name=""):
    """Asserts |a - b| <= relative * max |b| + absolute, element by element."""
    actual = np.asarray(actual, "float64")
    expected = np.asarray(expected, "float64")
    assert actual.shape == expected.shape, name
    error = np.abs(actual - expected).max(initial=0.0)
    limit = relative * np.abs(expected).max(initial=0.0) + absolute
    assert error <= limit, f"{name}: error {error:.2e} > {limit:.2e}"


def assert_published_gradients(found, expected, tolerance, zeros=()):
    """Compares gradients with all of a fixture's; others are not compared.

    The tolerance is a pair such as `MODULE`; `zeros` are names of the gradients
    that vanish but for rounding.
    """
    largest = max(np.abs(array).max() for array in expected.values())
    relative, absolute = tolerance
    assert expected
    for name, array in expected.items():
        if name in zeros:
            assert np.abs(found[name]).max() <= 1e-5 * largest, name
            continue
        assert_within(found[name], array, relative, absolute * largest, name)


def zero_gradients(arrays, name="info/zero_grad", prefix=""):
    """The names that a fixture lists as vanishing, without a prefix."""
    listed = [str(name) for name in arrays.get(name, ())]
    return {
        name.removeprefix(prefix) for name in listed if name.startswith(prefix)
    }


def assert_state(entries, expected, relative=1e-5):
    """Compares the moving statistics after a pass in training mode."""
    values = published_values(entries)
    assert expected
    for name, array in expected.items():
        assert_within(values[name], array, relative, 1e-7, name)


def gradients_with_inputs(entries, tape, target, inputs):
    """Gradients under published names; those of inputs in their layout."""
    found = published_gradients(entries, tape, target)
    for name, value in inputs.items():
        gradient = tape.gradient(target, value).numpy()
        if gradient.ndim == 4:
            gradient = np.transpose(gradient, (0, 3, 1, 2))
        found[name] = gradient
    return found
