"""What the training of every model of the package shares."""

import collections.abc
import types
import typing

import keras
import tensorflow as tf

# Keras looks for the direction of a loss only in such a list.
from keras.src.trainers.compile_utils import MetricsList

from tfragan.distribution import current_replica
from tfragan.layers.batch_normalization import BatchNormalization
from tfragan.layers.recorded_config import recorded_arguments
from tfragan.models.fixed_name import fixed_name
from tfragan.models.optimizer_choice import check_unused
from tfragan.models.optimizer_choice import chosen_optimizers
from tfragan.models.optimizer_choice import inner_optimizer
from tfragan.models.optimizer_choice import scaling_loss
from tfragan.models.preset import PresetError
from tfragan.models.preset import load_parts
from tfragan.models.preset import new_model
from tfragan.models.preset import preset_class
from tfragan.models.preset import read_preset_config
from tfragan.models.preset import save_preset
from tfragan.presets import preset_folder

# In the others, halves without a master copy, GANs end in NaN.
_POLICIES = ("float32", "mixed_bfloat16", "mixed_float16", "float64")


class TrainingModel(keras.Model):
    """A Keras model whose steps are the same on one device and on many.

    It counts steps, reports losses to `fit`, remembers the first step at
    which a loss was not finite or left its bounds, and is saved to presets.
    A subclass writes `train_step`, ends it with
    `return self.report_losses(...)`, and gives `preset_parts`,
    `published_optimizer` and `variables_of`. It keeps each argument of its
    constructor under the argument's name: its config is made of these.

    Args:
        loss_terms: names of the losses that a step reports. Those that do not
            begin with `loss/` are what the optimizers minimize; their sum is
            reported as `loss`.
        seed: seed of all random numbers of training.

    Raises:
        ValueError: for a dtype policy that no model can be trained in.

    Attributes:
        global_step: int64 variable, the number of finished steps.
        optimizer_roles: what there is an optimizer for; `compile` takes each
            as `<role>_optimizer` and keeps it under that name.
        optimizer: the optimizer of the first role, which is what the
            callbacks of Keras see; see `tfragan.callbacks.ForOptimizer`.
        usual_loss_limit: see `compile`.
        config_name: the value of `config.model` that stands for this class;
            None for bases.

    What the rest of the package has to know of a model is declared on its
    class, as `"module:name"` that is imported where it is needed, and
    inherited (see `tfragan.models.registry.imported`):

    Attributes:
        experiment: how the command line opens its data, trains, samples and
            evaluates it.
        serving: what exports it.
        converter: the module that reads published files of it, or None.
        published_config: values of a config, by dotted keys, that make it
            train as published, where those of its task do not.
        tiny: arguments of the constructor for a trial of a few seconds.
    """

    optimizer_roles: tuple[str, ...] = ()
    usual_loss_limit = 1e4
    # Keras makes them when they are first needed.
    train_function: typing.Any
    test_function: typing.Any
    # Models with captions have one.
    tokenizer: typing.Any = None
    config_name: str | None = None
    experiment: str | None = None
    serving: str | None = None
    converter: str | None = None
    published_config: dict = {}
    tiny: dict = {}

    def __init__(self, loss_terms, seed=0, name=None, **kwargs):
        super().__init__(name=name or fixed_name(type(self)), **kwargs)
        _check_policy(self.dtype_policy)
        self.seed = seed
        self.loss_terms = tuple(loss_terms)
        self.loss_limit = self.usual_loss_limit
        terms = (len(self.loss_terms),)
        self.global_step = self._counter("global_step", (), "zeros")
        self.first_invalid_step = self._counter(
            "first_invalid_step", terms, keras.initializers.Constant(-1)
        )
        self.first_invalid_value = self.add_weight(
            shape=terms,
            initializer="zeros",
            trainable=False,
            autocast=False,
            dtype="float32",
            name="first_invalid_value",
        )
        self.loss_sum = keras.metrics.Mean("loss")
        self._trackers = [keras.metrics.Mean(name) for name in self.loss_terms]
        # Not dicts: Keras would look for layers and metrics in them.
        self._compiled_with = types.SimpleNamespace()
        self._held_out = types.SimpleNamespace(metrics=[], directions=[])

    def _counter(self, name, shape, initializer):
        return self.add_weight(
            shape=shape,
            initializer=initializer,
            trainable=False,
            autocast=False,
            dtype="int64",
            name=name,
        )

    def preset_parts(self):
        """The parts whose weights a preset and a checkpoint keep.

        Returns:
            Dict of name to layer or model.
        """
        raise NotImplementedError

    def published_optimizer(self, role, **changes):
        """A new optimizer as the published code sets it.

        Args:
            role: one of `optimizer_roles`.
            **changes: arguments of the optimizer that are to differ, such as
                `learning_rate`.

        Returns:
            A Keras optimizer.
        """
        raise NotImplementedError

    def variables_of(self, role):
        """What an optimizer moves.

        Args:
            role: one of `optimizer_roles`.

        Returns:
            List of Keras variables.
        """
        raise NotImplementedError

    def updates_per_step(self, role):
        """How often an optimizer moves in a training step, for schedules."""
        del role
        return 1

    @property
    def metrics(self):
        """The running means that `fit` resets at each epoch."""
        return [
            self.loss_sum,
            *self._trackers,
            *self._held_out.metrics,
            *self._held_out.directions,
        ]

    @property
    def held_out_metrics(self):
        """The metrics that `compile` was given."""
        return self._held_out.metrics

    @property
    def optimizer(self):
        """The optimizer of the first role, None before `compile`."""
        return next(iter(self.optimizers().values()), None)

    @optimizer.setter
    def optimizer(self, optimizer):
        # Keras sets None, as it is given no optimizer in `compile`.
        if optimizer is not None:
            self._set_optimizers({self.optimizer_roles[0]: optimizer})

    def compile(
        self,
        optimizer=None,
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
        loss_limit=None,
        sync_batch_norm=True,
        **optimizers,
    ):
        """Sets what `fit` needs.

        Args:
            optimizer: for every role that is not named: an optimizer, its
                name or its config. Each role gets an optimizer of its own:
                the first one the object itself, the others copies of it. By
                default all are as published.
            loss: must be left out, these models have losses of their own.
            loss_weights: must be left out; constructors take the weights.
            metrics: list of Keras metrics that `evaluate` and
                `fit(validation_data=...)` take of held-out batches, beside
                the losses, see `measure`.
            weighted_metrics: must be left out.
            run_eagerly: see `keras.Model.compile`.
            steps_per_execution: see `keras.Model.compile`.
            jit_compile: whether XLA compiles the whole step; on one device
                only. `"auto"` is no: on CPUs a compiled step of these models
                is no faster.
            auto_scale_loss: whether optimizers under the policy
                `mixed_float16` scale the loss, so that small gradients
                survive.
            loss_limit: a loss beyond this magnitude counts as exploded; by
                default the class's `usual_loss_limit`.
            sync_batch_norm: whether several replicas normalize by the
                statistics of the global batch, as one device would. Otherwise
                each takes those of its own part, as the published code does,
                and waits for the others less often.
            **optimizers: `<role>_optimizer` for each of `optimizer_roles`,
                such as `generator_optimizer`: an optimizer, its name or its
                config.

        Raises:
            ValueError: `jit_compile` is asked for on several replicas, where
                a compiled step can't reach the other devices; a loss is
                given; or an optimizer has no role, two, or is that of other
                networks.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        jit_compile = jit_compile != "auto" and bool(jit_compile)
        if jit_compile and replicas > 1:
            raise ValueError(
                "jit_compile works on one device only. "
                f"Received: jit_compile=True on {replicas} replicas"
            )
        self._refuse_losses(loss, loss_weights, weighted_metrics)
        chosen = chosen_optimizers(self, optimizer, optimizers)
        self.loss_limit = (
            self.usual_loss_limit if loss_limit is None else loss_limit
        )
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )
        measured = [_metric(one) for one in metrics or ()]
        directions = _Directions([self.loss_sum, *self._trackers], measured)
        self._held_out = types.SimpleNamespace(
            metrics=measured, directions=[directions]
        )
        self._compiled_with = types.SimpleNamespace(
            metrics=measured,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=auto_scale_loss,
            loss_limit=loss_limit,
            sync_batch_norm=sync_batch_norm,
        )
        for layer in self._flatten_layers():
            if isinstance(layer, BatchNormalization):
                layer.synchronized = sync_batch_norm
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16":
            chosen = {role: scaling_loss(one) for role, one in chosen.items()}
        self._set_optimizers(chosen)
        if not type(self).__module__.startswith("tfragan."):
            self.check_networks()

    def check_networks(self):
        """Refuses networks of a subclass that do not fit; see subclasses."""

    def _refuse_losses(self, *given):
        if any(one is not None for one in given):
            raise ValueError(
                f"{type(self).__name__} is trained by losses of its own, whose "
                "weights its constructor takes: loss, loss_weights and "
                "weighted_metrics must be left out."
            )

    def _set_optimizers(self, optimizers):
        """Builds optimizers and keeps them, dict of role to optimizer."""
        others = {
            role: getattr(self, f"{role}_optimizer", None)
            for role in self.optimizer_roles
            if role not in optimizers
        }
        seen: dict = {}
        for role, optimizer in {**others, **optimizers}.items():
            if optimizer is None:
                continue
            if id(optimizer) in seen:
                raise ValueError(
                    f"{seen[id(optimizer)]}_optimizer and {role}_optimizer are "
                    "one object: each needs an optimizer of its own."
                )
            seen[id(optimizer)] = role
        for role, optimizer in optimizers.items():
            variables = self.variables_of(role)
            check_unused(optimizer, variables, role)
            # Built now: restoring before loses the state of an optimizer.
            optimizer.build(variables)
            setattr(self, f"{role}_optimizer", optimizer)
            if getattr(inner_optimizer(optimizer), "use_ema", False):
                # Keras would take the averages of one optimizer for the
                # variables of the whole model.
                optimizer.finalize_variable_values = self._finalize_averages

    def _finalize_averages(self, variables):
        """Sets variables to the averages that their optimizers keep."""
        del variables
        for role in self.optimizer_roles:
            optimizer = inner_optimizer(getattr(self, f"{role}_optimizer"))
            if optimizer.use_ema:
                type(optimizer).finalize_variable_values(
                    optimizer, self.variables_of(role)
                )

    def get_compile_config(self):
        """The arguments of `compile`, for a saved model; see Keras."""
        if not self.compiled:
            return {}
        arguments = {**vars(self._compiled_with), **self.optimizers()}
        return {
            name: keras.saving.serialize_keras_object(value)
            for name, value in arguments.items()
        }

    def compile_from_config(self, config):
        """Compiles as `get_compile_config` says; see Keras."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        **kwargs,
    ):
        """Trains as `keras.Model.fit` does.

        Args:
            x: batches, dicts as `batch_spec` describes them: a
                `tf.data.Dataset`, a generator or a `keras.utils.PyDataset`;
                or one dict of arrays. A data set that has no end needs
                `steps_per_epoch`.
            y: must be left out.
            batch_size: see `keras.Model.fit`, for arrays.
            epochs: see `keras.Model.fit`.
            verbose: see `keras.Model.fit`.
            callbacks: see `keras.Model.fit`.
            validation_split: see `keras.Model.fit`, for arrays.
            validation_data: held-out batches, in the forms of `x`; their
                losses, and the `metrics` of `compile`, are reported with
                `val_` before their names.
            shuffle: whether arrays are shuffled; batches come as they are.
            **kwargs: see `keras.Model.fit`.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: the data set has no end and `steps_per_epoch` is not
                given; or there are targets.
        """
        _refuse_targets(y)
        if kwargs.get("steps_per_epoch") is None:
            _refuse_endless(x, "steps_per_epoch")
        if validation_data is not None:
            if kwargs.get("validation_steps") is None:
                _refuse_endless(validation_data, "validation_steps")
            validation_data = _batches(validation_data)
        return super().fit(
            _batches(x),
            batch_size=batch_size,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            # Keras warns where batches can't be shuffled.
            shuffle=shuffle and isinstance(x, dict),
            **kwargs,
        )

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Losses and metrics of held-out batches, see `keras.Model.evaluate`.

        The networks run in inference mode. The noise is the same in each
        evaluation, so that the losses of two epochs can be compared.

        Args:
            x: batches, see `fit`.
            y: must be left out.
            *args: see `keras.Model.evaluate`.
            **kwargs: see `keras.Model.evaluate`.

        Returns:
            List of numbers; with `return_dict=True` a dict.

        Raises:
            ValueError: the data set has no end and `steps` is not given; or
                there are targets.
        """
        _refuse_targets(y)
        if kwargs.get("steps") is None:
            _refuse_endless(x, "steps")
        return super().evaluate(_batches(x), None, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        """What the model makes of batches, see `keras.Model.predict`.

        Args:
            x: batches, see `fit`; what a model does not need is ignored.
            *args: see `keras.Model.predict`.
            **kwargs: see `keras.Model.predict`.

        Returns:
            Nested arrays, as `call` gives them.

        Raises:
            ValueError: the data set has no end and `steps` is not given.
        """
        if kwargs.get("steps") is None:
            _refuse_endless(x, "steps")
        return super().predict(_batches(x), *args, **kwargs)

    def make_train_function(self, force=False):
        if self.train_function is None or force:
            super().make_train_function(force)
            self.train_function = _with_scalar_logs(self.train_function)

    def make_test_function(self, force=False):
        if self.test_function is None or force:
            super().make_test_function(force)
            self.test_function = _with_scalar_logs(self.test_function)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras would look at a batch to build the model, and on several
        # workers fails to reduce a dict. Ours are built from the start.
        del iterator, data_batch

    def export(self, filepath, format="tf_saved_model", **kwargs):
        """Writes a SavedModel, as `tfragan.export.saved_model` does.

        Args:
            filepath: folder of the model; a version is written into it.
            format: `"tf_saved_model"`.
            **kwargs: see `tfragan.export.saved_model`.

        Raises:
            ValueError: for another format.
        """
        if format != "tf_saved_model":
            raise ValueError(
                'These models are exported as "tf_saved_model" only. '
                f"Received: format={format!r}"
            )
        # Serving loads the models.
        from tfragan.export import saved_model

        return saved_model(self, filepath, **kwargs)

    def report_losses(self, shares, replica=None):
        """Ends a training step: counts it and reports its losses.

        Args:
            shares: dict of loss name to this replica's share of the loss.
            replica: the `Replica`, by default the current one.

        Returns:
            Dict of loss name to its mean over the epoch so far, a scalar; of
            shape `(1,)` on several workers, whose strategy can't reduce
            scalars. `fit` turns these into scalars before callbacks see
            them.
        """
        values = self._summed_losses(shares, replica or current_replica())
        step = self.global_step.value + 1
        # Not `~(magnitude <= limit)`: the graph optimizer turns that into
        # `>`, which is false for NaN.
        bounded = tf.abs(values) <= self.loss_limit
        invalid = ~(tf.math.is_finite(values) & bounded)
        new = invalid & (self.first_invalid_step.value < 0)
        self.first_invalid_value.assign(
            tf.where(new, values, self.first_invalid_value.value)
        )
        self.first_invalid_step.assign(
            tf.where(new, step, self.first_invalid_step.value)
        )
        self.global_step.assign(step)
        return self._track(values)

    def report_test_losses(self, shares, replica=None):
        """As `report_losses` for `test_step`: nothing is counted."""
        return self._track(
            self._summed_losses(shares, replica or current_replica())
        )

    def _summed_losses(self, shares, replica):
        stacked = [
            tf.cast(shares[name], tf.float32) for name in self.loss_terms
        ]
        return replica.sum(tf.stack(stacked))

    def _track(self, values):
        by_name = dict(zip(self.loss_terms, tf.unstack(values), strict=True))
        minimized = [
            value
            for name, value in by_name.items()
            if not name.startswith("loss/")
        ]
        by_name["loss"] = tf.add_n(minimized)
        trackers = [self.loss_sum, *self._trackers]
        for tracker in trackers:
            tracker.update_state(by_name[tracker.name])
        return {one.name: _as_log(one.result()) for one in trackers}

    def held_out_step(self):
        """What stands for the step in random numbers of held-out batches.

        Returns:
            Scalar integer tensor: below zero, where no step of training is,
            and the same for the n-th batch of each evaluation.
        """
        return -1 - tf.cast(self.loss_sum.count.value, tf.int64)

    def measure(self, batch, made):
        """Updates the held-out metrics that `compile` was given.

        Args:
            batch: dict of tensors.
            made: what the model made of it.

        Returns:
            Dict of the metrics' results.
        """
        for metric in self.held_out_metrics:
            if hasattr(metric, "update_from_batch"):
                metric.update_from_batch(self, batch, made)
            else:
                metric.update_state(*self.compared_images(batch, made))
        return {m.name: _as_log(m.result()) for m in self.held_out_metrics}

    def compared_images(self, batch, made):
        """What a metric of Keras sees as `y_true` and `y_pred`.

        Args:
            batch: dict of tensors.
            made: what the model made of it.

        Returns:
            Two tensors `(batch, height, width, 3)`, in [-1, 1].
        """
        raise NotImplementedError(
            f"{type(self).__name__} makes no images that a metric could "
            "compare."
        )

    def invalid_losses(self):
        """Losses that were not finite or too large since the last restore.

        Returns:
            List of `(name, step, value)` of the first one of each loss.
        """
        steps = self.first_invalid_step.numpy()
        values = self.first_invalid_value.numpy()
        return [
            (name, int(step), float(value))
            for name, step, value in zip(
                self.loss_terms, steps, values, strict=True
            )
            if step >= 0
        ]

    def optimizers(self):
        """The optimizers by name, `<role>_optimizer`; none before `compile`."""
        names = [f"{role}_optimizer" for role in self.optimizer_roles]
        return {
            name: getattr(self, name)
            for name in names
            if getattr(self, name, None) is not None
        }

    def checkpoint_items(self):
        """Everything that training needs to go on, for `tf.train.Checkpoint`.

        Returns:
            Dict of name to trackable object.
        """
        return {
            "global_step": self.global_step,
            **self.optimizers(),
            **self.preset_parts(),
        }

    def networks(self):
        """The networks by name, for reports: those that a preset keeps."""
        return self.preset_parts()

    def save_to_preset(self, folder, card="", half_precision=False):
        """Writes `config.json`, weights, model card and any vocabulary.

        Args:
            folder: where to; an older preset there is replaced.
            card: markdown text for the model card, after the part that is
                made here.
            half_precision: whether weights are kept as float16, for half of
                the size; they are read back into the model's own type.

        Returns:
            The folder as `pathlib.Path`.

        Raises:
            ValueError: a weight is too large for float16.
        """
        parts = self.preset_parts()
        return save_preset(
            self, folder, parts, self.tokenizer, card, half_precision
        )

    @classmethod
    def from_preset(cls, folder, dtype=None):
        """Reads a model that `save_to_preset` wrote.

        Args:
            folder: the preset's folder, of this class or any class below it;
                or a preset's name, see `tfragan.presets.preset_folder`.
            dtype: the name of another dtype policy than that of the preset,
                such as `"float32"` for one that was trained in
                `"mixed_bfloat16"`.

        Returns:
            The model, not compiled.

        Raises:
            PresetError: the folder is incomplete or of another class.
            PlaceError: there is no such name.
        """
        folder = preset_folder(folder)
        found = preset_class(folder)
        if not issubclass(found, cls):
            raise PresetError(
                f"{folder} holds a preset of {found.__name__}, not of "
                f"{cls.__name__}."
            )
        stored = read_preset_config(folder, found.__name__)
        if dtype is not None:
            stored["config"]["dtype"] = dtype
        model = new_model(found, folder, stored)
        load_parts(model.preset_parts(), folder)
        model.global_step.assign(stored.get("global_step", 0))
        return model

    @classmethod
    def arguments(cls):
        """Names of the constructor's arguments, which a config is made of."""
        # A class says its losses itself, and passes them on to its parents.
        return [
            name for name in recorded_arguments(cls) if name != "loss_terms"
        ]

    def get_config(self):
        config = super().get_config()
        for name in self.arguments():
            value = getattr(self, name)
            if hasattr(value, "get_config"):
                value = keras.saving.serialize_keras_object(value)
                # How an encoder was trained is no part of what uses it.
                value.pop("compile_config", None)
            config[name] = value
        return config

    @classmethod
    def from_config(cls, config):
        arguments = {}
        for name, value in config.items():
            if isinstance(value, dict) and "class_name" in value:
                value = keras.saving.deserialize_keras_object(value)
            arguments[name] = value
        return cls(**arguments)

    def get_preset_config(self):
        """The config without the tokenizer, which a preset keeps apart."""
        config = self.get_config()
        for name in config:
            value = getattr(self, name, None)
            if isinstance(value, TrainingModel):
                config[name] = value.get_preset_config()
        config.pop("tokenizer", None)
        return config

    @classmethod
    def from_preset_config(cls, config, tokenizer):
        """A new model of a preset's config.

        Args:
            config: what `get_preset_config` gave.
            tokenizer: the tokenizer of the preset, or None.

        Returns:
            The model, its weights new.
        """
        if "tokenizer" in cls.arguments():
            config = {**config, "tokenizer": tokenizer}
        return cls.from_config(config)


class _Directions(MetricsList):
    """Tells the callbacks of Keras that a loss is better if lower.

    Args:
        losses: metrics that are better if lower.
        measured: metrics that know themselves, or that nobody knows.
    """

    def __init__(self, losses, measured):
        for metric in losses:
            metric._direction = "down"
        super().__init__([*losses, *measured], name="directions")

    def reset_state(self):
        """The metrics are reset as members of `metrics`."""

    def result(self):
        """Nothing of its own."""
        return {}


def needed(batch, name):
    """A tensor of a batch.

    Args:
        batch: dict of tensors.
        name: its name.

    Returns:
        The tensor.

    Raises:
        ValueError: there is none.
    """
    if not isinstance(batch, dict) or name not in batch:
        found = ", ".join(batch) if isinstance(batch, dict) else type(batch)
        raise ValueError(
            f"A batch must be a dict with {name!r}. Received: {found}"
        )
    return batch[name]


def unfold_batch(batch):
    """The dict of a batch, which Keras may have wrapped in a tuple."""
    return batch[0] if isinstance(batch, tuple) else batch


def _check_policy(policy):
    if policy.name not in _POLICIES:
        raise ValueError(
            f"These models train in the policies {', '.join(_POLICIES)}. "
            f"Received: dtype={policy.name!r}"
        )


def _metric(given):
    """The metric that a name, a config, a function or an object stands for."""
    metric = keras.metrics.get(given)
    if not isinstance(metric, keras.metrics.Metric):
        return keras.metrics.MeanMetricWrapper(metric, metric.__name__)
    if isinstance(given, str):
        # As Keras: a metric has the name that it was asked for by.
        config = {**metric.get_config(), "name": given}
        return type(metric).from_config(config)
    return metric


def _is_multi_worker(strategy):
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def _as_log(value):
    if _is_multi_worker(tf.distribute.get_strategy()):
        return tf.reshape(value, (1,))
    return value


def _with_scalar_logs(function):
    """A step of `fit` whose losses are scalars on several workers, too."""

    def step(iterator):
        return {
            name: tf.reshape(value, ()) if value.shape.rank else value
            for name, value in function(iterator).items()
        }

    return step


def _refuse_targets(y):
    if y is not None:
        raise ValueError(
            "These models learn from dicts of tensors alone, see batch_spec: "
            "y must be left out."
        )


def _refuse_endless(batches, argument):
    if (
        isinstance(batches, tf.data.Dataset)
        and batches.cardinality() == tf.data.INFINITE_CARDINALITY
    ):
        raise ValueError(
            f"The data set has no end: {argument} must say how many batches "
            "are taken of it."
        )


def _batches(x):
    """Batches as Keras takes them: a generator has to give tuples."""
    if not isinstance(x, collections.abc.Iterator) or isinstance(
        x, tf.data.Iterator
    ):
        return x
    return (batch if isinstance(batch, tuple) else (batch,) for batch in x)
