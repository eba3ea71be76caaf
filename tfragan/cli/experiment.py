"""A training from its config to `fit`: config, data, model, training."""

import contextlib
import functools
import typing

import keras

from tfragan.cli import config_file
from tfragan.cli.errors import UsageError
from tfragan.cli.errors import did_you_mean
from tfragan.models import registry
from tfragan.models.preset import is_of_type
from tfragan.optimizers import LinearDecay
from tfragan.run_folder import flatten_config
from tfragan.shown import shown

_POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
# Epochs that the schedule of the TensorFlow 1 code divides a run into.
_PUBLISHED_EPOCHS = 100


class Experiment:
    """What a config describes; a subclass knows a task.

    A model class names its experiment by its attribute `experiment`, which
    it inherits from the base class of its task. The data is opened with the
    first look at it; `build` makes the model, which leaves out of the data
    what it cannot learn from.

    Args:
        config: the resolved config, a `ConfigDict`.
        run: the `RunFolder` that is gone on with or looked at, if any.

    Attributes:
        config: the config.
        run: the run folder, or None.
        model_class: the class of the model, a `TrainingModel`.
        model: the compiled model, None before `build`.
        unknown_words: words of the captions that the model does not know,
            list of str, set by `build`.
        steps_per_epoch: whole batches in the training data, set by `build`.
        steps: how many steps the training takes in all, set by `build`.
    """

    model: typing.Any = None
    # The module with `evaluate` and `studies` of the task.
    evaluation: str
    # Arguments of the model that come from elsewhere than config.network.
    arguments_of_data: tuple[str, ...] = ()

    def __init__(self, config, run=None):
        self.config = config
        self.run = run
        self.model_class = model_class_of(config)
        self.unknown_words = []
        self.steps_per_epoch = self.steps = 0

    @classmethod
    def add_settings(cls, config):
        """Adds the settings of the task to a new config.

        Args:
            config: a `ConfigDict` with the settings of all tasks, changed in
                place.
        """
        raise NotImplementedError

    @classmethod
    def shrink(cls, config):
        """Changes what makes the task small for `:tiny`, beside the network.

        Args:
            config: a `ConfigDict`, changed in place.
        """
        raise NotImplementedError

    @functools.cached_property
    def train(self):
        """The data set to train on.

        It has `name`, `split`, `bad_items`, a length and the method
        `batches`.
        """
        return self.open_split(self.config.data.train_split)

    @functools.cached_property
    def test(self):
        """The data set held out, of the same class."""
        return self.open_split(self.config.data.test_split)

    def open_split(self, split):
        """Opens a split by its name.

        Raises:
            UsageError: if the config names no data set.
            ValueError: from the data at fault.
        """
        if not self.config.data.source:
            raise UsageError(
                "--data is required: the config names no data set."
            )
        return self.open_data(split)

    def training_images_beside(self, held_out):
        """The data that was trained on, for a scale of measurements.

        None where it is gone, which a line says, or is `held_out` itself.
        """
        if held_out.split == self.config.data.train_split:
            return None
        try:
            return self.train
        except (OSError, ValueError) as error:
            print(f"Without the training images: {error}")
            return None

    def open_data(self, split):
        """As `open_split`, for a config that names a data set."""
        raise NotImplementedError

    def make_model(self):
        """Makes the `TrainingModel`, not yet compiled."""
        return self.new_model()

    def new_model(self, *arguments, **options):
        """The model with the seed and the network of the config.

        Args:
            *arguments: what the model is made of beside them.
            **options: arguments of the model that are not of the config.
        """
        options = {**self.config.network.to_dict(), **options}
        keras.utils.set_random_seed(self.config.seed)
        return self.model_class(*arguments, seed=self.config.seed, **options)

    def usable_data(self, data, model):
        """A data set without what a model cannot learn from: here all of it."""
        del model
        return data

    def check_training(self):
        """Raises `UsageError` for data that teaches nothing: here never."""

    def build(self):
        """Opens the data, makes the model and compiles it, in this scope.

        Returns:
            The experiment itself.
        """
        train, test = self.train, self.test
        _set_precision(self.config.precision)
        self.model = self.make_model()
        if self.model.tokenizer is not None:
            self.unknown_words = self.model.tokenizer.unknown_words(
                [*train.captions(), *test.captions()]
            )
        self.train = self.usable_data(train, self.model)
        self.test = self.usable_data(test, self.model)
        self.check_training()
        self._compile(self.train.steps_per_epoch(self.batch_size))
        return self

    def build_to_restore(self):
        """Makes and compiles the model, for a checkpoint to set its weights.

        Data is opened only where the model is made of it, such as a DAMSM of
        the vocabulary of its captions.

        Returns:
            The `TrainingModel`, in the precision of the config; that of the
            process stays as it is.
        """
        before = keras.config.dtype_policy()
        _set_precision(self.config.precision)
        try:
            self.model = self.make_model()
            # A checkpoint knows weights by their optimizers too, of whatever
            # schedule.
            self._compile(steps_per_epoch=1)
        finally:
            keras.config.set_dtype_policy(before)
        return self.model

    def _compile(self, steps_per_epoch):
        self.steps_per_epoch = steps_per_epoch
        self.steps = _total_steps(self.config, steps_per_epoch)
        self.model.compile(
            **self.optimizers(),
            jit_compile=self.config.jit_compile,
            # Runs of earlier versions have no such value.
            sync_batch_norm=self.config.get("sync_batch_norm", True),
        )

    def optimizers(self):
        """The optimizers of the config, arguments of the model's `compile`."""
        return {
            f"{role}_optimizer": self.model.published_optimizer(
                role, **self.optimizer_settings(role)
            )
            for role in self.model.optimizer_roles
        }

    def optimizer_settings(self, role):
        """What the config changes of the published optimizer of a role.

        A role is what it is for, such as `"generator"`.
        """
        return {"learning_rate": self.learning_rate(role)}

    def learning_rate(self, role):
        """What `learning_rate` gives for the optimizer of a role."""
        settings = self.config.optimizer
        # Some models have one rate for all roles.
        rate = settings.get(f"{role}_learning_rate")
        if rate is None:
            rate = settings.learning_rate
        return learning_rate(
            rate,
            # Runs of earlier versions may have no such value.
            settings.get("schedule", "constant"),
            self.steps,
            self.steps_per_epoch,
            self.model.updates_per_step(role),
        )

    @property
    def batch_size(self):
        """How many items a training step takes from the data."""
        return self.config.batch_size

    def batch_options(self):
        """Keyword arguments of `train.batches`, beside the batch size."""
        raise NotImplementedError

    def batch_spec(self, size):
        """A training batch of some items, as nested `tf.TensorSpec`."""
        return self.model.batch_spec(size)

    def samplers(self, writer):
        """Callbacks that draw, with the run's `MetricsWriter`."""
        raise NotImplementedError

    def evaluations(self, writer):
        """Callbacks that measure, with the run's `MetricsWriter`."""
        raise NotImplementedError

    def without_weights(self):
        """A context for `build` that saves the memory of the weights.

        A task that can be built without their values gives
        `memory.without_weights`.
        """
        return contextlib.nullcontext()

    def changed(self, values):
        """An experiment on the same data with other values, not built.

        They are a dict from dotted config keys.
        """
        config = self.config.copy_and_resolve_references()
        config.update_from_flattened_dict(values)
        other = type(self)(config, self.run)
        other.train, other.test = self.train, self.test
        return other

    def smaller_values(self):
        """Values of the config with which a training needs less memory.

        Dict from dotted config keys, which the config need not have.
        """
        return {}

    def describe_data(self):
        """Text, str: what there is to train on and is held out."""
        lines = [
            f"{name}: {part.contents()} of {part.name}"
            for name, part in (("train", self.train), ("held out", self.test))
        ]
        tokenizer = getattr(self.model, "tokenizer", None)
        if tokenizer is not None:
            lines.append(f"{len(tokenizer.vocabulary):,} words")
        if getattr(self.train, "every_caption", False):
            lines.append("an epoch visits every caption")
        notes = [*self.train.bad_items.notes, *self.test.bad_items.notes]
        lines += dict.fromkeys(notes)
        return "\n".join(lines)

    def describe_batch(self):
        """Text, str: what a training step takes."""
        return f"{self.batch_size:,} image{'s' * (self.batch_size != 1)}"

    def describe(self):
        """Text, str: what there is to learn from, and for how long."""
        return (
            f"{self.describe_data()}\n{self.steps:,} steps of "
            f"{self.describe_batch()}, {self.steps_per_epoch:,} an epoch"
        )

    def card(self):
        """The model card of the trained preset, in markdown."""
        name, module = self.model_class.__name__, self.model_class.__module__
        if module.startswith("tfragan."):
            module = "tfragan.models"
        values = config_file.describe(self.config, self.config)
        return (
            f"# {name}\n\nTrained with `tfragan train` on "
            f"{self.train.name}.\n\n```\n{self.describe()}\n```\n\n"
            f"```python\nfrom {module} import {name}\n\nmodel = {name}"
            f'.from_preset("path/to/this/folder")\n```\n\n```\n{values}\n```\n'
        )

    def evaluate(self, arguments, preset):
        """Does the work of `tfragan evaluate` on the preset of a folder."""
        registry.imported(self.evaluation).evaluate(self, arguments, preset)

    def studies(self, arguments, preset):
        """Makes the `ImageStudy`s that `tfragan report` shows of a preset.

        Raises:
            UsageError: with the reason, where there is nothing to show.
        """
        module = registry.imported(self.evaluation)
        return module.studies(self, arguments, preset)


def model_class_of(config):
    """The class of a config's model, a subclass of `TrainingModel`.

    Raises:
        UsageError: for a model that does not exist.
    """
    if not isinstance(config.model, str):
        raise UsageError(
            f"config.model={shown(config.model)}: expected the name of a model."
        )
    try:
        return registry.find_model(config.model)
    except registry.UnknownModelError as error:
        hint = did_you_mean(config.model, registry.model_names())
        raise UsageError(
            f"config.model={config.model}: {error}.{hint}"
        ) from error


def open_experiment(config, run=None):
    """The `Experiment` of a resolved config, of the class that its model names.

    It is not built; `run` is the `RunFolder` that the config is of, if any.

    Raises:
        UsageError: for a model that does not exist, or a value of another
            type than the model's default.
    """
    check_types(config)
    return registry.imported(model_class_of(config).experiment)(config, run)


def check_types(config):
    """Refuses values of another type than the defaults of the model."""
    from tfragan.configs import defaults

    model_class_of(config)

    usual = flatten_config(defaults.published(config.model))
    for key, value in flatten_config(config).items():
        example = usual.get(key)
        inner = [each for each in usual if each.startswith(f"{key}.")]
        if inner and not hasattr(value, "items"):
            raise UsageError(
                f"config.{key}={shown(value)}: expected a part of a config "
                f"with {', '.join(inner[:3])}."
            )
        if not is_of_type(value, example):
            raise UsageError(
                f"config.{key}={shown(value)}: expected a value such as "
                f"{example!r}."
            )


def _set_precision(precision):
    """Sets the dtype policy of the process to `config.precision`."""
    if precision not in _POLICIES:
        raise UsageError(
            f"config.precision={precision}: expected one of "
            f"auto, {', '.join(_POLICIES)}."
        )
    keras.config.set_dtype_policy(precision)


def learning_rate(rate, schedule, steps, steps_per_epoch, updates=1):
    """The published schedule that a config names, a float or a `LinearDecay`.

    `updates` is how often the optimizer moves in a step.
    """
    epochs = -(-steps // steps_per_epoch)
    schedules = {
        "linear": lambda: LinearDecay.ugatit(rate, steps),
        "ugatit_tensorflow1": lambda: LinearDecay.ugatit_tensorflow1(
            rate, -(-steps // _PUBLISHED_EPOCHS)
        ),
        "cyclegan": lambda: LinearDecay.cyclegan(
            rate, steps_per_epoch, epochs - epochs // 2, epochs // 2
        ),
        # One epoch at least: a run of a single one would have none to fall in.
        "ragan": lambda: LinearDecay.ragan(
            rate, steps_per_epoch, epochs - epochs // 2, max(1, epochs // 2)
        ),
    }
    # Configs of U-GAT-IT name it after the model.
    schedules["ugatit"] = schedules["linear"]
    if schedule == "constant":
        return rate
    if schedule not in schedules:
        names = sorted(["constant", *schedules])
        raise UsageError(
            f"config.optimizer.schedule={schedule}: there is no such "
            f"schedule.{did_you_mean(schedule, names)} The "
            f"schedules are: {', '.join(names)}."
        )
    return schedules[schedule]().with_updates_per_step(updates)


def _total_steps(config, steps_per_epoch):
    """How many steps the config asks for."""
    if min(config.steps, config.epochs) != 0 or config.steps == config.epochs:
        raise UsageError(
            "one of config.steps and config.epochs must be positive and the "
            f"other 0. Received: steps={config.steps}, epochs={config.epochs}"
        )
    return config.steps or config.epochs * steps_per_epoch
