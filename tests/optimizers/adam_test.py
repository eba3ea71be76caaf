import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.golden import load
from tests.published import scalar
from tests.replica_contract import replica_values
from tfragan.distribution import apply_synced
from tfragan.distribution import current_replica
from tfragan.optimizers import Adam
from tfragan.optimizers import LinearDecay

# As recommended with the fixtures, absolute.
_TOLERANCE = 3e-6


def _run(optimizer, start, gradients, eager=True):
    """The weights after each step."""
    weight = keras.Variable(start)
    optimizer.build([weight])

    def step(gradient):
        optimizer.apply([gradient], [weight])

    step = step if eager else tf.function(step)
    weights = []
    for gradient in gradients:
        step(tf.constant(gradient))
        weights.append(weight.numpy())
    return np.array(weights)


def _published(case, arrays):
    start = arrays[f"in/{case}/w0"]
    optimizer = Adam(
        scalar(arrays, f"in/{case}/lr"),
        scalar(arrays, "in/beta1"),
        scalar(arrays, "in/beta2"),
        epsilon=1e-8 * scalar(arrays, "in/eps_times_1e8"),
        weight_decay=scalar(arrays, f"in/{case}/weight_decay"),
    )
    return optimizer, start, arrays[f"in/{case}/grads"]


@pytest.mark.golden
@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("case", ["reference", "large"])
def test_ugatit_weights_and_moments_are_those_of_pytorch(case, eager):
    arrays = load("ugatit", "adam")
    optimizer, start, gradients = _published(case, arrays)

    weights = _run(optimizer, start, gradients, eager)

    expected = arrays[f"out/{case}/w"]
    np.testing.assert_allclose(weights, expected, rtol=0, atol=_TOLERANCE)
    moments = optimizer.variables[-2:]
    for moment, name in zip(moments, ("exp_avg", "exp_avg_sq"), strict=True):
        np.testing.assert_allclose(
            moment, arrays[f"out/{case}/{name}"], rtol=0, atol=_TOLERANCE
        )


@pytest.mark.golden
def test_ugatit_fixture_tells_other_optimizers_apart():
    arrays = load("ugatit", "adam")
    _, start, gradients = _published("reference", arrays)
    rate = scalar(arrays, "in/reference/lr")
    decay = scalar(arrays, "in/reference/weight_decay")
    expected = arrays["out/reference/w"]

    for other in (
        Adam(rate, 0.5, 0.999),
        Adam(rate, 0.5, 0.999, weight_decay=decay, decayed_names=["bias"]),
        Adam(
            rate,
            0.5,
            0.999,
            weight_decay=decay,
            epsilon_after_correction=False,
        ),
        keras.optimizers.Adam(rate, 0.5, 0.999, 1e-8, weight_decay=decay),
    ):
        error = np.abs(_run(other, start, gradients) - expected).max()
        assert error > 10 * _TOLERANCE, other.get_config()


@pytest.mark.golden
@pytest.mark.parametrize("eager", [True, False])
def test_ugatit_weights_are_those_of_tensorflow1(eager):
    arrays = load("ugatit", "tf1_adam")
    optimizer = Adam(
        scalar(arrays, "in/lr"), 0.5, 0.999, epsilon_after_correction=False
    )

    weights = _run(optimizer, arrays["in/w0"], arrays["in/grads"], eager)

    np.testing.assert_allclose(
        weights, arrays["out/w"], rtol=0, atol=_TOLERANCE
    )


def test_a_compiled_step_is_the_same():
    start = np.linspace(-1, 1, 7, dtype="float32")
    gradients = np.random.default_rng(0).normal(size=(3, 7)).astype("float32")
    expected = _run(Adam(0.1, weight_decay=0.1), start, gradients)
    weight, optimizer = keras.Variable(start), Adam(0.1, weight_decay=0.1)
    optimizer.build([weight])
    step = tf.function(
        lambda gradient: optimizer.apply([gradient], [weight]), jit_compile=True
    )

    for gradient in gradients:
        step(gradient)

    np.testing.assert_allclose(weight, expected[-1], rtol=1e-5)


def _dense_layer():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    layer.set_weights([np.ones((3, 2)), np.ones(2)])
    return layer


def _zeros_like(variables):
    return [tf.zeros(variable.shape) for variable in variables]


def test_every_variable_decays():
    variables = _dense_layer().trainable_variables

    Adam(0.25, weight_decay=1e-2).apply(_zeros_like(variables), variables)

    for variable in variables:
        np.testing.assert_allclose(variable, 0.75, rtol=1e-5)


def test_decay_can_be_for_kernels_only():
    layer = _dense_layer()
    variables = layer.trainable_variables
    optimizer = Adam(0.25, weight_decay=1e-2, decayed_names=["kernel"])

    optimizer.apply(_zeros_like(variables), variables)

    np.testing.assert_allclose(layer.kernel, 0.75, rtol=1e-5)
    np.testing.assert_array_equal(layer.bias, 1.0)


def test_variables_can_be_excluded_from_decay():
    layer = _dense_layer()
    variables = layer.trainable_variables
    optimizer = Adam(0.25, weight_decay=1e-2)
    optimizer.exclude_from_weight_decay(var_list=[layer.kernel])

    optimizer.apply(_zeros_like(variables), variables)

    np.testing.assert_array_equal(layer.kernel, 1.0)
    np.testing.assert_allclose(layer.bias, 0.75, rtol=1e-5)


def test_gradients_may_be_slices():
    start = np.ones((4, 2), "float32")
    dense = np.zeros_like(start)
    dense[2] = 3.0
    expected = _run(Adam(0.1, weight_decay=0.1), start, [dense])[0]
    weight = keras.Variable(start)
    slices = tf.IndexedSlices(tf.constant(dense[2:3]), [2], (4, 2))

    Adam(0.1, weight_decay=0.1).apply([slices], [weight])

    np.testing.assert_allclose(weight, expected, rtol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_variables_and_moments_stay_float32_under_mixed_policies(policy):
    keras.config.set_dtype_policy(policy)
    layer = _dense_layer()
    inner = Adam(0.1, weight_decay=0.1)
    optimizer = inner
    if policy == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(inner)
    optimizer.build(layer.trainable_variables)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.cast(layer(tf.ones((1, 3))), tf.float32))
        loss = optimizer.scale_loss(loss)
    gradients = tape.gradient(loss, layer.trainable_variables)

    optimizer.apply(gradients, layer.trainable_variables)

    for variable in (*layer.trainable_variables, *inner.variables[2:]):
        assert variable.dtype == "float32"
    # A first step is as long as the rate, if the scale was taken out.
    np.testing.assert_allclose(layer.kernel, 0.9, rtol=1e-5)


def test_overflown_gradients_are_skipped():
    weight = keras.Variable([1.0])
    optimizer = keras.optimizers.LossScaleOptimizer(Adam(0.1, weight_decay=0.1))
    optimizer.build([weight])

    optimizer.apply([tf.constant([np.inf])], [weight])

    assert float(weight[0]) == 1.0


@pytest.mark.parametrize("loss_scale", [False, True])
def test_two_replicas_equal_one_device(mirrored, loss_scale):
    def trained(scope, run):
        with scope:
            layer = _dense_layer()
            optimizer = Adam(
                LinearDecay(0.1, 1, 4), weight_decay=0.1, name="adam"
            )
            if loss_scale:
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            optimizer.build(layer.trainable_variables)

        def step(inputs):
            replica = current_replica()
            variables = layer.trainable_variables
            with tf.GradientTape() as tape:
                outputs = tf.square(layer(inputs))
                loss = optimizer.scale_loss(replica.mean(outputs))
            gradients = tape.gradient(loss, variables)
            apply_synced(optimizer, gradients, variables, replica)

        for _ in range(3):
            run(step)
        return [*layer.trainable_variables, *optimizer.variables]

    inputs = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    step_of = tf.function(lambda step, x: step(x))
    single = trained(
        keras.name_scope("one"), lambda step: step_of(step, tf.constant(inputs))
    )

    def on_replicas(step):
        parts = mirrored.experimental_distribute_values_from_function(
            lambda c: tf.constant(
                np.split(inputs, 2)[c.replica_id_in_sync_group]
            )
        )
        tf.function(lambda x: mirrored.run(step, (x,)))(parts)

    double = trained(mirrored.scope(), on_replicas)
    for one, other in zip(single, double, strict=True):
        for copy in replica_values(mirrored, other):
            np.testing.assert_allclose(
                copy, one, rtol=1e-5, atol=1e-6, err_msg=one.path
            )


def test_a_restored_optimizer_goes_on_bit_for_bit(tmp_path):
    gradients = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")

    def made():
        weight = keras.Variable(np.ones(3, "float32"))
        optimizer = Adam(LinearDecay(0.1, 1, 9), weight_decay=0.1)
        optimizer.build([weight])
        checkpoint = tf.train.Checkpoint(weight=weight, optimizer=optimizer)
        return weight, optimizer, checkpoint

    weight, optimizer, checkpoint = made()
    for gradient in gradients[:2]:
        optimizer.apply([tf.constant(gradient)], [weight])
    path = checkpoint.save(str(tmp_path / "c"))
    other_weight, other, other_checkpoint = made()
    other_checkpoint.restore(path).assert_consumed()
    for gradient in gradients[2:]:
        for w, o in ((weight, optimizer), (other_weight, other)):
            o.apply([tf.constant(gradient)], [w])

    np.testing.assert_array_equal(weight, other_weight)
    for one, copy in zip(optimizer.variables, other.variables, strict=True):
        np.testing.assert_array_equal(one, copy)


def test_it_survives_serialization():
    optimizer = Adam(
        LinearDecay(0.1, 1, 4),
        beta_1=0.5,
        epsilon=1e-3,
        weight_decay=0.1,
        decayed_names=["kernel"],
        epsilon_after_correction=False,
        name="critic",
    )

    copy = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))

    assert isinstance(copy, Adam)
    assert copy.get_config() == optimizer.get_config()


def test_a_negative_decay_is_refused():
    with pytest.raises(ValueError, match="weight_decay=-1"):
        Adam(weight_decay=-1.0)
