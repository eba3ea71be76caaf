"""What a Keras user tries works with every model, or says why not."""

import itertools
import pathlib
import pickle
import re
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfragan
from tests.golden import policy_of_the_session
from tests.models import small_models
from tests.models.ragan import small_ragans
from tfragan.models import UGATIT
from tfragan.models import CycleGAN

_PAGE = pathlib.Path(__file__).parents[2] / "docs" / "extending.md"
_SIZE = 4
_IN_GRAPH = ("dfgan",)


def _example(**kwargs):
    """The class of docs/extending.md."""
    if "my_gan" not in sys.modules:
        text = _PAGE.read_text("utf-8")
        code = re.search(r"^```python\n(.*?)^```$", text, re.M | re.S)
        module = types.ModuleType("my_gan")
        sys.modules["my_gan"] = module
        exec(code.group(1), vars(module))
    return sys.modules["my_gan"].SelfAttentionGAN(
        small_models.damsm(), width=4, noise_dim=4, **kwargs
    )


def _ragan(supervised, guidance):
    def make(**kwargs):
        return small_ragans.ragan(supervised, guidance, **kwargs)

    def batches():
        return small_ragans.batches(guidance, 2, _SIZE)

    return make, batches


def _of_tiny(cls):
    def make(**kwargs):
        return cls(**{**cls.tiny, **kwargs})

    def batches():
        draw = np.random.default_rng(0)
        size = cls.tiny["image_size"]
        images = {
            name: draw.uniform(-1, 1, (2 * _SIZE, size, size, 3))
            for name in ("images_a", "images_b")
        }
        images = {key: x.astype("float32") for key, x in images.items()}
        data = tf.data.Dataset.from_tensor_slices(images)
        return data.batch(_SIZE).repeat()

    return make, batches


def _captioned(make):
    return make, lambda: small_models.batches(2, _SIZE)


MODELS = {
    "damsm": _captioned(small_models.damsm),
    "attngan": _captioned(small_models.attngan),
    "dmgan": _captioned(small_models.dmgan),
    "ssagan": _captioned(small_models.ssagan),
    "dfgan": _captioned(small_models.dfgan),
    "ugatit": _of_tiny(UGATIT),
    "cyclegan": _of_tiny(CycleGAN),
    "ragan_text": _ragan(False, "text"),
    "ragan_label_colorization": _ragan(True, "image_label"),
    "example": _captioned(_example),
}


# Each of them has a step of its own; the others inherit one.
of_each_kind = pytest.mark.parametrize(
    "lesson", ["damsm", "dfgan", "cyclegan", "ragan_text"], indirect=True
)


class _Lesson(types.SimpleNamespace):
    """A model after one `fit` with everything at once."""


@pytest.fixture(scope="module", params=MODELS)
def lesson(request, tmp_path_factory):
    make, batches = MODELS[request.param]
    folder = tmp_path_factory.mktemp("lesson")
    damsm_state = None
    model = make()
    if getattr(model, "damsm", None) is not None:
        damsm_state = model.damsm.trainable
    images = request.param not in ("damsm",)
    # Tracing takes longer than a few tiny steps; graphs of all models are
    # trained in their own tests.
    eagerly = request.param not in _IN_GRAPH
    metrics = ["mae"] if images else None
    model.compile("adam", metrics=metrics, run_eagerly=eagerly)
    monitor = f"val_{model.loss_terms[0]}"
    rates = []
    history = model.fit(
        batches(),
        epochs=2,
        steps_per_epoch=1,
        verbose=0,
        validation_data=batches().take(1),
        callbacks=[
            keras.callbacks.TensorBoard(folder / "events", update_freq="batch"),
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.EarlyStopping(patience=5),
            keras.callbacks.ReduceLROnPlateau(monitor, patience=5),
            keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2),
            keras.callbacks.ModelCheckpoint(
                folder / "best.keras", monitor, save_best_only=True
            ),
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: rates.append(
                    float(model.optimizer.learning_rate)
                )
            ),
        ],
    ).history
    _run_eagerly(model)
    yield _Lesson(
        name=request.param,
        make=make,
        batches=batches,
        folder=folder,
        model=model,
        history=history,
        rates=rates,
        images=images,
        damsm_state=damsm_state,
    )
    keras.backend.clear_session()


def _run_eagerly(model):
    model.run_eagerly = True
    model.make_train_function(force=True)
    model.make_test_function(force=True)
    model.make_predict_function(force=True)


def _state(model):
    optimizers = model.optimizers().values()
    variables = [v for one in optimizers for v in one.variables]
    return [np.array(v) for v in [*model.weights, *variables]]


def _assert_equal(one, other):
    for value, twin in zip(_state(one), _state(other), strict=True):
        np.testing.assert_array_equal(value, twin)


def test_the_history_has_numbers_under_the_names_of_keras(lesson):
    names = ["loss", *lesson.model.loss_terms]
    expected = {*names, *(f"val_{name}" for name in names)}
    if lesson.images:
        expected.add("val_mae")

    found = set(lesson.history) - {"learning_rate"}
    assert found == expected
    for name, values in lesson.history.items():
        assert np.shape(values) == (2,), name
        assert np.isfinite(values).all(), name


def test_loss_is_the_sum_of_what_the_optimizers_minimize(lesson):
    terms = lesson.model.loss_terms
    minimized = [name for name in terms if not name.startswith("loss/")]

    sums = np.sum([lesson.history[name] for name in minimized], axis=0)
    np.testing.assert_allclose(lesson.history["loss"], sums, rtol=1e-5)


def test_tensorboard_writes_scalars_of_batches_and_epochs(lesson):
    for part in ("train", "validation"):
        assert list((lesson.folder / "events" / part).glob("events.*"))


def test_a_scheduler_moves_the_optimizer_of_the_generator(lesson):
    assert lesson.rates == pytest.approx([0.0005, 0.00025])


def test_evaluation_repeats_itself_and_trains_nothing(lesson):
    model = lesson.model
    before = [np.array(weight) for weight in model.weights]

    first, second = (
        model.evaluate(lesson.batches().take(1), verbose=0, return_dict=True)
        for _ in range(2)
    )

    assert first == second
    counts = {"global_step", "first_invalid_step", "first_invalid_value"}
    for weight, value in zip(model.weights, before, strict=True):
        if weight.name not in counts:
            np.testing.assert_array_equal(weight, value)
    assert int(model.global_step.value) == 2


def test_predict_and_call_take_training_batches(lesson):
    model, batch = lesson.model, next(iter(lesson.batches()))

    outputs = model.predict(lesson.batches().take(2), verbose=0)
    called = model(batch)

    for value, one in zip(
        tf.nest.flatten(outputs), tf.nest.flatten(called), strict=True
    ):
        assert len(value) == 2 * len(one)
        assert len(one) == _SIZE


def test_a_loaded_model_goes_on_as_if_nothing_had_happened(lesson):
    model = lesson.model
    path = lesson.folder / "model.keras"
    model.save(path)

    loaded = keras.saving.load_model(path)
    _assert_equal(loaded, model)
    _run_eagerly(loaded)
    for one in (model, loaded):
        one.fit(lesson.batches(), steps_per_epoch=1, verbose=0)

    _assert_equal(loaded, model)


@of_each_kind
def test_copies_are_equal(lesson):
    model = lesson.model

    # `copy.deepcopy` goes the same way.
    _assert_equal(pickle.loads(pickle.dumps(model)), model)
    clone = keras.models.clone_model(model)
    assert type(clone) is type(model)
    assert clone.get_config() == model.get_config()


@of_each_kind
def test_batches_come_as_arrays_or_from_a_generator(lesson):
    model = lesson.model
    batches = list(lesson.batches().take(1))
    arrays = tf.nest.map_structure(np.array, batches[0])
    before = int(model.global_step.value)

    model.fit(arrays, None, _SIZE, 1, verbose=0)
    model.fit(itertools.cycle(batches), steps_per_epoch=1, verbose=0)
    assert "loss" in model.train_on_batch(batches[0], return_dict=True)

    assert int(model.global_step.value) == before + 3


def test_names_repeat_from_model_to_model(lesson):
    """TensorFlow keeps something of every name that a variable ever had."""

    def names(model):
        model.compile(run_eagerly=True)
        optimizers = model.optimizers().values()
        variables = [v for one in optimizers for v in one.variables]
        return [v.value.name for v in [*model.weights, *variables]]

    if lesson.name == "example":
        pytest.skip("functional models of Keras number their layers")
    assert names(lesson.make()) == names(lesson.model)


def test_the_damsm_of_the_caller_stays_as_it_is(lesson):
    damsm = getattr(lesson.model, "damsm", None)
    if damsm is None:
        pytest.skip("no DAMSM")

    assert lesson.damsm_state is True
    assert damsm.trainable
    frozen = {id(weight) for weight in damsm.weights}
    assert not frozen & {id(w) for w in lesson.model.trainable_weights}
    assert len(lesson.model.weights) == len(
        lesson.model.trainable_weights
    ) + len(lesson.model.non_trainable_weights)


@of_each_kind
def test_frozen_networks_stay_as_they_are(lesson):
    model = lesson.make()
    if lesson.name == "damsm":
        frozen = [model.image_encoder]
    else:
        frozen = [next(iter(model.generators.values()))]
        frozen.append(next(iter(model.discriminators.values())))
    for network in frozen:
        network.trainable = False
    model.compile("sgd", run_eagerly=True)
    weights = [weight for network in frozen for weight in network.weights]
    before = [np.array(weight) for weight in weights]

    model.fit(lesson.batches(), steps_per_epoch=1, verbose=0)

    for weight, value in zip(weights, before, strict=True):
        np.testing.assert_array_equal(weight, value, err_msg=weight.path)


@of_each_kind
def test_small_gradients_survive_half_precision(lesson):
    model = lesson.make(dtype="mixed_float16")
    model.compile("sgd")

    for optimizer in model.optimizers().values():
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


def test_other_policies_are_refused(lesson):
    for policy in ("float16", "bfloat16"):
        with pytest.raises(ValueError, match=f"float32.*{policy}"):
            lesson.make(dtype=policy)


@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
def test_the_policy_of_the_session_is_trained_in(lesson, policy):
    if policy == "mixed_float16" and lesson.name != "example":
        pytest.skip("see the models' own tests")
    with policy_of_the_session(policy):
        model = lesson.make()
        model.compile(run_eagerly=True)
        history = model.fit(lesson.batches(), steps_per_epoch=1, verbose=0)

    width = {"float64": "float64", "mixed_float16": "float32"}[policy]
    assert {w.dtype for w in model.trainable_weights} == {width}
    for name, values in history.history.items():
        assert np.isfinite(values).all(), name
    assert not model.invalid_losses()


def test_mistakes_are_told_in_a_sentence(lesson):
    model = lesson.model
    roles = model.optimizer_roles

    with pytest.raises(ValueError, match="steps_per_epoch"):
        model.fit(lesson.batches())
    with pytest.raises(ValueError, match="validation_steps"):
        model.fit(
            lesson.batches(),
            steps_per_epoch=1,
            validation_data=lesson.batches(),
        )
    with pytest.raises(ValueError, match="losses of its own"):
        model.compile("adam", "mse")
    with pytest.raises(ValueError, match=f"takes {roles[0]}_optimizer"):
        model.compile(critic_optimizer="adam")
    with pytest.raises(ValueError, match="learning_rate"):
        model.compile(keras.optimizers.schedules.CosineDecay(1e-3, 10))
    with pytest.raises(ValueError, match="tf_saved_model"):
        model.export(lesson.folder, format="onnx")


@of_each_kind
def test_two_roles_do_not_share_an_optimizer(lesson):
    model, adam = lesson.make(), keras.optimizers.Adam(3e-4)
    if len(model.optimizer_roles) == 1:
        pytest.skip("one optimizer")
    names = [f"{role}_optimizer" for role in model.optimizer_roles]

    with pytest.raises(ValueError, match="of its own"):
        model.compile(**dict.fromkeys(names, adam))
    model.compile(adam)

    first, *others = model.optimizers().values()
    assert first is adam is model.optimizer
    for other in others:
        assert other is not adam
        assert float(other.learning_rate) == pytest.approx(3e-4)
    # It has state for the variables of the generator now.
    with pytest.raises(ValueError, match="other networks"):
        model.compile(**{names[1]: adam})


@of_each_kind
def test_optimizers_are_named_by_configs_too(lesson):
    model = lesson.make()
    config = keras.optimizers.serialize(keras.optimizers.SGD(0.5))

    model.compile(**{f"{model.optimizer_roles[-1]}_optimizer": config})

    *_, last = model.optimizers().values()
    assert isinstance(last, keras.optimizers.SGD)
    published = model.published_optimizer(model.optimizer_roles[0])
    if len(model.optimizer_roles) > 1:
        assert type(model.optimizer) is type(published)


def test_every_name_of_keras_is_left_alone():
    """An attribute of ours must not hide one of Keras."""
    owned = {*vars(keras.Model()), *dir(keras.Model)}
    # Keras has them set; the steps are wrapped to give scalars.
    meant = {"built", "trainable", "train_function", "test_function"}
    package = pathlib.Path(tfragan.__file__).parent
    for folder in ("models", "layers"):
        for path in (package / folder).rglob("*.py"):
            code = path.read_text("utf-8")
            assigned = set(re.findall(r"self\.(\w+)(?::[^=\n]*)? = ", code))
            assert not assigned & owned - meant, path.name


def test_held_out_losses_of_two_replicas_equal_those_of_one(mirrored):
    def history_of(model, **options):
        # Adam takes whole steps where a gradient is next to nothing.
        sgd = keras.optimizers.SGD(1e-3)
        model.compile(sgd, metrics=["mae"], **options)
        history = model.fit(
            small_models.batches(2, _SIZE),
            steps_per_epoch=1,
            verbose=0,
            validation_data=small_models.batches(2, _SIZE).take(2),
            callbacks=[keras.callbacks.TerminateOnNaN()],
        ).history
        return {name: np.squeeze(value, 0) for name, value in history.items()}

    single = small_models.dfgan()
    with mirrored.scope():
        double = small_models.dfgan()
    double.set_weights(single.get_weights())

    found = history_of(double)
    expected = history_of(single, run_eagerly=True)

    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert np.shape(found[name]) == ()
        np.testing.assert_allclose(found[name], value, 1e-4, 1e-5)


def test_a_generator_of_another_shape_is_refused():
    class Larger(tfragan.models.DFGAN):
        def make_generator(self, name):
            return tfragan.models.DFGANGenerator(
                64, self.damsm.embedding_dim, 2, self.noise_dim, name=name
            )

    model = small_models.dfgan(Larger)
    with pytest.raises(ValueError, match="Larger"):
        model.compile()
    with pytest.raises(AttributeError, match="make_generator"):
        model.generator = small_models.dfgan().generator


def test_a_run_of_nan_is_stopped():
    model = small_models.dfgan()
    model.compile(run_eagerly=True)
    kernel = model.generator.trainable_weights[0]
    kernel.assign(np.full(kernel.shape, np.nan))

    history = model.fit(
        small_models.batches(2, _SIZE),
        epochs=3,
        steps_per_epoch=1,
        verbose=0,
        callbacks=[keras.callbacks.TerminateOnNaN()],
    ).history

    assert len(history["loss"]) == 1
    assert np.isnan(history["loss"]).all()


def test_arrays_are_shuffled():
    seen = []

    class Watching(tfragan.models.DFGAN):
        def train_step(self, batch):
            seen.append(batch["images"][-1].numpy()[:, 0, 0, 0])
            return {"loss": 0.0}

    batch = next(iter(small_models.batches(2, _SIZE)))
    arrays = tf.nest.map_structure(lambda x: np.repeat(x, 4, 0), batch)
    arrays["images"][-1][:, 0, 0, 0] = np.arange(4 * _SIZE)
    model = small_models.dfgan(Watching)
    model.compile(run_eagerly=True)

    keras.utils.set_random_seed(1)
    model.fit(arrays, batch_size=_SIZE, epochs=1, verbose=0)
    shuffled = np.concatenate(seen)
    seen.clear()
    model.fit(arrays, batch_size=_SIZE, epochs=1, verbose=0, shuffle=False)

    np.testing.assert_array_equal(np.concatenate(seen), np.sort(shuffled))
    assert (shuffled != np.sort(shuffled)).any()


def test_averages_of_weights_are_swapped_in_for_evaluation():
    model = small_models.dfgan()
    sgd = keras.optimizers.SGD(1e-2, use_ema=True, ema_momentum=0.5)
    model.compile(sgd, run_eagerly=True)
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)

    model.fit(
        small_models.batches(2, _SIZE),
        epochs=2,
        steps_per_epoch=2,
        verbose=0,
        callbacks=[swap],
    )

    averages = model.optimizer._model_variables_moving_average
    for weight, average in zip(
        model.generator.trainable_variables, averages, strict=True
    ):
        np.testing.assert_allclose(weight, average, 1e-5, 1e-6)


class TestForOptimizer:
    """A callback of Keras on an optimizer that it does not know."""

    def rates_after(self, chosen):
        model = small_models.dfgan()
        model.compile(
            generator_optimizer=keras.optimizers.SGD(1e-3),
            discriminator_optimizer=keras.optimizers.SGD(4e-3),
            run_eagerly=True,
        )
        halve = keras.callbacks.LearningRateScheduler(lambda _, rate: rate / 2)
        model.fit(
            small_models.batches(2, _SIZE),
            steps_per_epoch=1,
            verbose=0,
            callbacks=[tfragan.callbacks.ForOptimizer(halve, chosen)],
        )
        optimizers = model.optimizers().values()
        return [float(one.learning_rate) for one in optimizers]

    def test_it_sees_the_one_that_is_named(self):
        assert self.rates_after("discriminator") == pytest.approx([1e-3, 2e-3])

    def test_the_rates_of_all_change_by_one_factor(self):
        assert self.rates_after("all") == pytest.approx([5e-4, 2e-3])

    def test_another_role_is_refused(self):
        with pytest.raises(ValueError, match="generator, discriminator or all"):
            self.rates_after("critic")


def test_a_batch_of_one_has_no_wrong_pair():
    model = small_models.dfgan(version="2020")
    model.compile(run_eagerly=True)

    with pytest.raises(ValueError, match="2 images at least"):
        model.fit(small_models.batches(2, 1), steps_per_epoch=1, verbose=0)


def test_a_loaded_model_keeps_its_loss_scales():
    model = small_models.dfgan(dtype="mixed_float16")
    model.compile("adam", run_eagerly=True)
    model.fit(small_models.batches(2, _SIZE), steps_per_epoch=1, verbose=0)

    loaded = pickle.loads(pickle.dumps(model))
    _assert_equal(loaded, model)
    for one in (model, loaded):
        one.fit(small_models.batches(2, _SIZE), steps_per_epoch=1, verbose=0)

    _assert_equal(loaded, model)
