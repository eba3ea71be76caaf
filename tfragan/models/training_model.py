"""What the training of every model of the package shares."""

import typing

import keras
import tensorflow as tf

from tfragan.distribution import current_replica
from tfragan.layers.recorded_config import recorded_arguments
from tfragan.models.preset import PresetError
from tfragan.models.preset import load_parts
from tfragan.models.preset import load_tokenizer
from tfragan.models.preset import preset_class
from tfragan.models.preset import read_preset_config
from tfragan.models.preset import save_preset


class TrainingModel(keras.Model):
    """A Keras model whose steps are the same on one device and on many.

    It counts steps, reports losses to `fit`, remembers the first step at
    which a loss was not finite or left its bounds, and is saved to presets.
    A subclass writes `train_step`, ends it with
    `return self.report_losses(...)`, and gives `preset_parts`,
    `published_optimizer` and `variables_of`. It keeps each argument of its
    constructor under the argument's name: its config is made of these.

    Args:
        loss_terms: names of the losses that a step reports.
        seed: seed of all random numbers of training.

    Attributes:
        global_step: int64 variable, the number of finished steps.
        optimizer_roles: what there is an optimizer for; `compile` takes each
            as `<role>_optimizer` and keeps it under that name.
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
    # Models with captions have one.
    tokenizer: typing.Any = None
    config_name: str | None = None
    experiment: str | None = None
    serving: str | None = None
    converter: str | None = None
    published_config: dict = {}
    tiny: dict = {}

    def __init__(self, loss_terms, seed=0, **kwargs):
        super().__init__(**kwargs)
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
        self._trackers = [keras.metrics.Mean(name) for name in self.loss_terms]

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
        return self._trackers

    def compile(
        self,
        loss_limit=None,
        jit_compile=False,
        run_eagerly=False,
        **kwargs,
    ):
        """Sets what `fit` needs.

        Args:
            loss_limit: a loss beyond this magnitude counts as exploded; by
                default the class's `usual_loss_limit`.
            jit_compile: whether XLA compiles the whole step; on one device
                only.
            run_eagerly: see `keras.Model.compile`.
            **kwargs: `<role>_optimizer` for each of `optimizer_roles`, by
                default as published; others are passed to
                `keras.Model.compile`.

        Raises:
            ValueError: `jit_compile` is asked for on several replicas, where
                a compiled step can't reach the other devices.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if jit_compile and replicas > 1:
            raise ValueError(
                "jit_compile works on one device only. "
                f"Received: jit_compile=True on {replicas} replicas"
            )
        given = {
            role: kwargs.pop(f"{role}_optimizer", None)
            for role in self.optimizer_roles
        }
        self.loss_limit = (
            self.usual_loss_limit if loss_limit is None else loss_limit
        )
        super().compile(
            optimizer=None,
            jit_compile=bool(jit_compile),
            run_eagerly=run_eagerly,
            **kwargs,
        )
        for role, optimizer in given.items():
            optimizer = optimizer or self.published_optimizer(role)
            # Built now: restoring before loses the state of an optimizer.
            optimizer.build(self.variables_of(role))
            setattr(self, f"{role}_optimizer", optimizer)

    def fit(self, x=None, *, shuffle=False, **kwargs):
        """Trains as `keras.Model.fit` does, on batches that come shuffled.

        Args:
            x: a data set of batches, see `CaptionedImages.batches`.
            shuffle: has no effect on a data set; Keras warns of True.
            **kwargs: see `keras.Model.fit`; the batches have no end, so that
                `steps_per_epoch` is needed.

        Returns:
            A `keras.callbacks.History`.
        """
        return super().fit(x, shuffle=shuffle, **kwargs)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Keras would look at a batch to build the model, and on several
        # workers fails to reduce a dict. Ours are built from the start.
        del iterator, data_batch

    def report_losses(self, shares, replica=None):
        """Ends a training step: counts it and reports its losses.

        Args:
            shares: dict of loss name to this replica's share of the loss.
            replica: the `Replica`, by default the current one.

        Returns:
            Dict of loss name to its mean over the epoch so far, of shape
            `(1,)`, the shape that every strategy can reduce.
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
        for tracker, value in zip(
            self._trackers, tf.unstack(values), strict=True
        ):
            tracker.update_state(value)
        return {
            tracker.name: tf.reshape(tracker.result(), (1,))
            for tracker in self._trackers
        }

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

    def save_to_preset(self, folder, card=""):
        """Writes `config.json`, weights, model card and any vocabulary.

        Args:
            folder: where to; an older preset there is replaced.
            card: markdown text for the model card, after the part that is
                made here.

        Returns:
            The folder as `pathlib.Path`.
        """
        return save_preset(
            self, folder, self.preset_parts(), self.tokenizer, card
        )

    @classmethod
    def from_preset(cls, folder):
        """Reads a model that `save_to_preset` wrote.

        Args:
            folder: the preset's folder; of this class, or of any class below
                it.

        Returns:
            The model, not compiled.

        Raises:
            PresetError: the folder is incomplete or of another class.
        """
        found = preset_class(folder)
        if not issubclass(found, cls):
            raise PresetError(
                f"{folder} holds a preset of {found.__name__}, not of "
                f"{cls.__name__}."
            )
        stored = read_preset_config(folder, found.__name__)
        tokenizer = load_tokenizer(folder, stored)
        model = found.from_preset_config(stored["config"], tokenizer)
        load_parts(model.preset_parts(), folder)
        model.global_step.assign(stored["global_step"])
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


def unfold_batch(batch):
    """The dict of a batch, which Keras may have wrapped in a tuple."""
    return batch[0] if isinstance(batch, tuple) else batch
