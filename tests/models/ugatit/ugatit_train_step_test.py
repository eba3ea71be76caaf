import numpy as np
import pytest
import tensorflow as tf

from tests.golden import assert_close
from tests.golden import group
from tests.golden import load
from tests.golden import nhwc
from tests.published import GradientRecorder
from tests.published import load_all
from tests.published import published_values
from tfragan.convert import ugatit_weights
from tfragan.distribution import Replica
from tfragan.models import UGATIT
from tfragan.optimizers import Adam
from tfragan.optimizers import LinearDecay

_LOSSES = {
    "D_loss_{}": "loss/discriminator_{}",
    "G_recon_loss_{}": "loss/cycle_{}",
    "G_identity_loss_{}": "loss/identity_{}",
    "G_cam_loss_{}": "loss/cam_{}",
    **{
        f"{side}_{theirs}_loss_{judge[0].upper()}{{}}": (
            f"loss/{ours}_{judge}_{term}_{{}}"
        )
        for side, ours in (("D", "discriminator"), ("G", "adversarial"))
        for theirs, term in (("ad", "ad"), ("ad_cam", "cam"))
        for judge in ("global", "local")
    },
}


def _model(arrays):
    """The model of a fixture, its sizes read off the published tensors."""
    generator = group(arrays, "param/genA2B")
    judge = group(arrays, "param/disGA")
    width = len(generator["DownBlock.1.weight"])
    weights = dict(
        zip(
            (
                "adversarial_weight",
                "cycle_weight",
                "identity_weight",
                "cam_weight",
            ),
            arrays["in/weights_adv_cycle_identity_cam"].tolist(),
            strict=True,
        )
    )
    return UGATIT(
        image_size=arrays["in/real_A"].shape[-1],
        light=generator["FC.0.weight"].shape[1] == 4 * width,
        width=width,
        residual_blocks=sum(
            name.startswith("UpBlock1_") and name.endswith("conv1.weight")
            for name in generator
        ),
        discriminator_depth=sum(
            name.startswith("model.") and name.endswith("weight_orig")
            for name in judge
        ),
        **weights,
    )


def _entries(model):
    """The entries of each published network."""
    return {
        "genA2B": ugatit_weights.generator_entries(model.generator_ab),
        "genB2A": ugatit_weights.generator_entries(model.generator_ba),
        **{
            f"dis{kind}{domain.upper()}": ugatit_weights.discriminator_entries(
                model.discriminators_of(domain)[name]
            )
            for kind, name in (("G", "global"), ("L", "local"))
            for domain in "ab"
        },
    }


def _loaded(arrays):
    model = _model(arrays)
    entries = _entries(model)
    for name, part in entries.items():
        load_all(part, group(arrays, f"param/{name}"))
    return model, entries


def _adam(rate, arrays):
    decay = arrays.get("in/weight_decay")
    return Adam(
        rate,
        beta_1=0.5,
        beta_2=0.999,
        epsilon=1e-8,
        weight_decay=1e-4 if decay is None else float(decay),
    )


def _batch(real_a, real_b):
    return {
        "images_a": tf.constant(nhwc(real_a)),
        "images_b": tf.constant(nhwc(real_b)),
    }


def _assert_losses(losses, expected, tolerance):
    totals = {
        "Discriminator_loss": "discriminator_loss",
        "Generator_loss": "generator_loss",
    }
    names = {
        theirs.format(domain.upper()): ours.format(domain)
        for theirs, ours in _LOSSES.items()
        for domain in "ab"
    }
    for theirs, ours in {**names, **totals}.items():
        assert_close(losses[ours], expected[theirs], tolerance, theirs)
    for domain in "ab":
        total = (
            losses[f"loss/consistency_{domain}"]
            + losses[f"loss/adversarial_{domain}"]
        )
        name = f"G_loss_{domain.upper()}"
        assert_close(total, expected[name], tolerance, name)


def _assert_after(entries, arrays, tolerances, sum_scale=None):
    """Norms and sums of every tensor after the last step."""
    for net, part in entries.items():
        for name, value in published_values(part).items():
            value = value.astype("float64")
            path = f"{net}/{name}"
            norm = float(arrays[f"out/l2/{path}"])
            found = np.linalg.norm(value)
            assert abs(found - norm) <= tolerances["l2"] * norm, path
            total = float(arrays[f"out/sum/{path}"])
            limit = tolerances["sum"]
            if name == "FC.0.weight" and sum_scale:
                limit = sum_scale
            assert abs(value.sum() - total) <= limit, (
                path,
                value.sum(),
                total,
            )


@pytest.fixture(scope="module")
def step():
    """A training step as the fixture has it, taken once for all tests."""
    arrays = load("ugatit", "train_step")
    model, entries = _loaded(arrays)
    rate = arrays.get("in/lr", 1e-4)
    recorders = [GradientRecorder(_adam(float(rate), arrays)) for _ in "gd"]
    model.compile(
        generator_optimizer=recorders[0], discriminator_optimizer=recorders[1]
    )
    batch = _batch(arrays["in/real_A"], arrays["in/real_B"])
    losses = model.update_networks(batch, {}, Replica(1, 0))
    gradients = {}
    for recorder in recorders:
        gradients.update(recorder.recorded)
    return arrays, entries, losses, gradients


@pytest.mark.golden
def test_ugatit_step_has_the_published_losses(step):
    arrays, _, losses, _ = step
    _assert_losses(losses, group(arrays, "out/loss"), 1e-5)


@pytest.mark.golden
def test_ugatit_step_has_the_published_gradients(step):
    _, entries, _, gradients = step
    expected = group(load("ugatit", "train_step_grads"), "grad")
    compared = 0
    for net, part in entries.items():
        for entry in part:
            if not entry.variable.trainable:
                continue
            gradient = np.asarray(gradients[entry.variable.path])
            for name, value in entry.to_published(gradient).items():
                wanted = expected[f"{net}/{name}"]
                # Signs of the L1 terms change where an output equals its
                # target to rounding.
                assert_close(value, wanted, 2e-2, f"{net}/{name}")
                compared += 1
    assert compared == len(expected)


@pytest.mark.golden
def test_ugatit_tensors_after_the_step_equal_the_published_ones(step):
    arrays, entries, _, _ = step
    _assert_after(entries, arrays, {"l2": 5e-5, "sum": 1e-3}, sum_scale=1e-2)
    after = group(load("ugatit", "train_step_after"), "out/after")
    compared = 0
    for net, part in entries.items():
        for name, value in published_values(part).items():
            expected = after[f"{net}/{name}"]
            error = np.abs(value - expected)
            # Adam's first step is as long for a gradient of rounding noise.
            assert np.mean(error <= 1e-5) >= 0.99, f"{net}/{name}"
            assert error.max() <= 2.1e-4, f"{net}/{name}"
            if name.endswith("rho"):
                assert value.min() >= 0.0
                assert value.max() <= 1.0
                for bound in (0.0, 1.0):
                    np.testing.assert_array_equal(
                        value == bound, expected == bound, name
                    )
            compared += 1
    assert compared == len(after)


@pytest.mark.golden
def test_four_ugatit_steps_with_falling_rates_equal_the_published_ones():
    arrays = load("ugatit", "train_steps")
    model, entries = _loaded(arrays)
    steps = len(arrays["in/real_A"])
    rate = float(arrays["out/lr_G"][0])
    generator, discriminator = (
        _adam(LinearDecay.ugatit(rate, steps), arrays) for _ in "gd"
    )
    model.compile(
        generator_optimizer=generator, discriminator_optimizer=discriminator
    )
    replica = Replica(1, 0)

    # With a replica of its own each step would be traced anew.
    @tf.function(autograph=False)
    def update(batch):
        return model.update_networks(batch, {}, replica)

    expected = group(arrays, "out/loss")
    for index in range(steps):
        rates = (model.generator_optimizer, model.discriminator_optimizer)
        for optimizer, name in zip(rates, ("lr_G", "lr_D"), strict=True):
            np.testing.assert_allclose(
                float(optimizer.learning_rate),
                arrays[f"out/{name}"][index],
                atol=1e-10,
            )
        losses = update(
            _batch(arrays["in/real_A"][index], arrays["in/real_B"][index])
        )
        tolerance = (1e-5, 1e-4, 2e-3)[min(index, 2)]
        _assert_losses(
            losses, {k: v[index] for k, v in expected.items()}, tolerance
        )
    _assert_after(entries, arrays, {"l2": 2e-4, "sum": 1e-2})
