"""What every trainable model of the package has to keep."""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tests.golden import relative_error
from tests.replica_contract import assert_replicas_agree

PRESET_FILES = ("config.json", "model.weights.h5", "README.md")


class ModelContract:
    """The part of `TestCase` that is about models with a `train_step`.

    Each check takes `make_model`, a function without arguments to a compiled
    model, and `make_batches`, a function to a data set of at least two
    global batches.
    """

    def run_model_test(
        self,
        make_model,
        make_batches,
        sample,
        folder,
        *,
        steps=2,
        may_stay=lambda path: False,
    ):
        """Fits, saves as a preset, reloads and compares the outputs.

        Args:
            make_model: see the class.
            make_batches: see the class.
            sample: function from a model to its outputs for fixed inputs, a
                nest of arrays.
            folder: an empty folder.
            steps: number of training steps.
            may_stay: function from the path of a weight to whether it may
                stay as it is, such as one that starts at a bound.

        Returns:
            The trained model.
        """
        model = make_model()
        unbuilt = {p.name for p in model._flatten_layers() if not p.built}
        assert not unbuilt, f"{unbuilt} not built, as a strategy wants"
        before = [weight.numpy() for weight in model.trainable_weights]
        history = _fit(model, make_batches(), steps)
        self._check_history(model, history, steps)
        after = [weight.numpy() for weight in model.trainable_weights]
        moved = [
            not np.array_equal(one, other)
            for one, other in zip(before, after, strict=True)
        ]
        still = [
            weight.path
            for weight, has_moved in zip(
                model.trainable_weights, moved, strict=True
            )
            if not has_moved and not may_stay(weight.path)
        ]
        assert not still, f"{steps} steps did not move {still}"
        self._check_preset(model, sample, pathlib.Path(folder) / "preset")
        return model

    def _check_history(self, model, history, steps):
        assert int(model.global_step.numpy()) == steps
        missing = {"loss", *model.loss_terms} - set(history)
        assert not missing, f"the logs lack {missing}"
        for key, values in history.items():
            assert np.isfinite(values).all(), f"{key} is {values}"
        assert not model.invalid_losses()

    def _check_preset(self, model, sample, folder):
        expected = sample(model)
        model.save_to_preset(str(folder))
        for name in PRESET_FILES:
            assert (folder / name).stat().st_size > 0, name
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
        loaded = type(model).from_preset(str(folder))
        assert type(loaded) is type(model)
        actual = tf.nest.flatten(sample(loaded))
        for one, other in zip(actual, tf.nest.flatten(expected), strict=True):
            np.testing.assert_array_equal(one, other)

    def run_model_precision_test(
        self,
        make_model,
        make_batches,
        policies=("mixed_bfloat16", "mixed_float16"),
    ):
        """Fits one step under each mixed policy; losses have to be finite.

        Weights have to stay float32 and finite. The step runs eagerly: to
        trace it takes five times as long, and types that do not fit are
        refused in either way.
        """
        for policy in policies:
            keras.config.set_dtype_policy(policy)
            model = make_model()
            model.run_eagerly = True
            history = _fit(model, make_batches(), 1)
            for key, values in history.items():
                assert np.isfinite(values).all(), f"{policy}: {key} {values}"
            for weight in model.trainable_weights:
                assert weight.dtype == "float32", weight.path
                assert np.isfinite(weight.numpy()).all(), weight.path
        keras.config.set_dtype_policy("float32")

    def run_model_replica_test(
        self,
        make_model,
        make_batches,
        mirrored,
        *,
        steps=2,
        tolerance=1e-5,
        update_tolerance=0.01,
        moved_by_noise=lambda path: False,
        eager=False,
    ):
        """Trains on one device and on two replicas and compares.

        Weights are compared by their largest difference. As an optimizer
        such as Adam takes steps that are tiny beside the weights, the
        *updates* are compared too, on average over each array: a step twice
        too far would show there. The one device runs eagerly, which needs
        no tracing; the replicas in a graph, as they train, unless told.

        Args:
            make_model: see the class.
            make_batches: see the class; the noise of sample `i` of the global
                batch may not depend on the number of replicas.
            mirrored: the strategy of two replicas.
            steps: number of training steps.
            tolerance: of the weights, relative to each array's largest.
            update_tolerance: of the updates, relative to each array's mean.
            moved_by_noise: function from the path of a weight to whether its
                gradient is zero but for rounding, as that of a bias in front
                of a normalization: Adam takes whole steps of any sign then.
            eager: whether the replicas run eagerly too, for a model whose
                graph of two replicas takes long to trace and is traced by
                another test.

        Returns:
            The model of the one device and that of the two replicas.
        """
        single = make_model()
        single.run_eagerly = True
        start = single.get_weights()
        with mirrored.scope():
            double = make_model()
        double.run_eagerly = eager
        double.set_weights(start)
        histories = [
            _fit(model, make_batches(), steps) for model in (single, double)
        ]
        for key, values in histories[0].items():
            np.testing.assert_allclose(
                histories[1][key], values, rtol=1e-3, atol=1e-5, err_msg=key
            )
        # Whatever moves them, replicas must not drift apart.
        assert_replicas_agree(mirrored, double.weights, tolerance)
        for first, one, other in zip(
            start, single.weights, double.weights, strict=True
        ):
            if not moved_by_noise(one.path):
                _compare(first, one, other, tolerance, update_tolerance)
        return single, double


def _fit(model, batches, steps):
    history = model.fit(
        batches, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False
    )
    return history.history


def _compare(first, one, other, tolerance, update_tolerance):
    path, one, other = one.path, one.numpy(), other.numpy()
    if not np.issubdtype(one.dtype, np.floating):
        np.testing.assert_array_equal(other, one, err_msg=path)
        return
    error = relative_error(other, one)
    assert error <= tolerance, f"{path}: error {error:.1e} of the weight"
    update = np.abs(one - first).mean()
    difference = np.abs(other - one).mean()
    # Rounding is no part of the update.
    rounding = np.finfo(one.dtype).eps * np.abs(one).max()
    assert difference <= update_tolerance * update + rounding, (
        f"{path}: updates differ by {difference:.1e} of {update:.1e}"
    )
