"""What the training of every model of the package shares."""

import keras
import tensorflow as tf

from tfragan.distribution import current_replica


class TrainingModel(keras.Model):
    """A Keras model whose steps are the same on one device and on many.

    It counts steps, reports losses to `fit`, and remembers the first step at
    which a loss was not finite or left its bounds. A subclass writes
    `train_step`, ends it with `return self.report_losses(...)`, and lists its
    saved parts in `checkpoint_items`.

    Args:
        loss_terms: names of the losses that a step reports.
        seed: seed of all random numbers of training.

    Attributes:
        global_step: int64 variable, the number of finished steps.
        optimizer_names: names of the attributes that `compile` sets to the
            optimizers.
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

    optimizer_names: tuple[str, ...] = ()
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
        self.loss_limit = 1e4
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

    @property
    def metrics(self):
        """The running means that `fit` resets at each epoch."""
        return self._trackers

    def compile(
        self, loss_limit=1e4, jit_compile=False, run_eagerly=False, **kwargs
    ):
        """Sets what `fit` needs.

        Args:
            loss_limit: a loss beyond this magnitude counts as exploded.
            jit_compile: whether XLA compiles the whole step; on one device
                only.
            run_eagerly: see `keras.Model.compile`.
            **kwargs: passed to `keras.Model.compile`.

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
        self.loss_limit = loss_limit
        super().compile(
            optimizer=None,
            jit_compile=bool(jit_compile),
            run_eagerly=run_eagerly,
            **kwargs,
        )

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
            List of `(name, step, value)` of the first offence of each.
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
        """The optimizers by name; none before `compile`."""
        return {
            name: getattr(self, name)
            for name in self.optimizer_names
            if getattr(self, name, None) is not None
        }

    def checkpoint_items(self):
        """Everything that training needs to go on, for `tf.train.Checkpoint`.

        Returns:
            Dict of name to trackable object.
        """
        return {"global_step": self.global_step, **self.optimizers()}


def unfold_batch(batch):
    """The dict of a batch, which Keras may have wrapped in a tuple."""
    return batch[0] if isinstance(batch, tuple) else batch
