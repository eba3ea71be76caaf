"""From a config to data, a model and its optimizers."""

import contextlib
import dataclasses
import functools
import typing

import keras
import ml_collections
import tensorflow as tf

from tfragan.cli.errors import UsageError
from tfragan.cli.families import experiment_class
from tfragan.models import TrainingModel

_POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What a config describes, built; a subclass knows its kind of model.

    Attributes:
        config: the config.
        model: the compiled model.
        train: data set to train on; it has `name`, `split`, `bad_items`, a
            length and the method `batches`.
        test: the data set held out.
        steps_per_epoch: whole batches in the training data.
        steps: how many steps the training takes in all.
        graph: the `tf.Graph` of a model that is only an outline, see `build`.
    """

    config: ml_collections.ConfigDict
    model: TrainingModel
    train: typing.Any
    test: typing.Any
    steps_per_epoch: int
    steps: int
    graph: tf.Graph | None = None

    # Whether the model can be built without the values of its weights.
    has_outline = False

    @classmethod
    def open_split(cls, config, split):
        """Opens a split of the config's data set.

        Args:
            config: the config.
            split: its name.

        Returns:
            The data set.
        """
        raise NotImplementedError

    @classmethod
    def make_model(cls, config, train, test):
        """Makes the model, not yet compiled.

        Args:
            config: the config.
            train: the data set to train on.
            test: the data set held out.

        Returns:
            A `TrainingModel`.
        """
        raise NotImplementedError

    @classmethod
    def fit_data(cls, config, model, data):
        """Leaves out what this model can't learn from: here nothing.

        Args:
            config: the config.
            model: the model.
            data: a data set.

        Returns:
            A data set of the same kind.
        """
        del config, model
        return data

    @classmethod
    def items_per_step(cls, config, model):
        """How many items a training step takes from the data."""
        del model
        return config.batch_size

    @classmethod
    def optimizers(cls, config, model, steps, steps_per_epoch):
        """The optimizers of the config.

        Args:
            config: the config.
            model: the model.
            steps: how many steps the training takes in all.
            steps_per_epoch: whole batches in the training data.

        Returns:
            Keyword arguments of the model's `compile`.
        """
        raise NotImplementedError

    @classmethod
    def evaluate(cls, arguments, config, preset):
        """Does the work of `tfragan evaluate`.

        Args:
            arguments: the parsed command line.
            config: the config of the run.
            preset: the preset's folder.
        """
        raise NotImplementedError

    @classmethod
    def studies(cls, arguments, config, preset):
        """Makes the pictures that `tfragan report` shows.

        Args:
            arguments: the parsed command line.
            config: a copy of the config of the run.
            preset: the preset's folder.

        Returns:
            List of `tfragan.reports.image_study.ImageStudy`.

        Raises:
            UsageError: with the reason, where there is nothing to show.
        """
        raise NotImplementedError

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

    def describe_data(self):
        """Text, str: what there is to train on and is held out."""
        raise NotImplementedError

    def describe_batch(self):
        """Text, str: what a training step takes."""
        return f"{self.batch_size:,} image{'s' * (self.batch_size != 1)}"

    def alternatives(self):
        """Changes of the config that need less memory.

        Returns:
            List of dicts from dotted config keys to values.
        """
        return []

    @property
    def batch_size(self):
        """How many items a training step takes from the data."""
        return self.items_per_step(self.config, self.model)

    def in_graph(self):
        """A context in which ops of the model can be made."""
        return _graph_or_nothing(self.graph)


def build(config, outline=False):
    """Opens the data and builds and compiles the model, in this scope.

    Args:
        config: the resolved config.
        outline: whether to leave out the values of the weights, where the
            family can: such a model takes no memory and can be traced, in
            its graph, but not run.

    Returns:
        An `Experiment`.

    Raises:
        UsageError: for a value that does not exist.
        ValueError: from the data or model at fault.
    """
    train = open_split(config, config.data.train_split)
    test = open_split(config, config.data.test_split)
    return assemble(config, train, test, outline)


def assemble(config, train, test, outline=False):
    """As `build`, with the data opened already.

    Args:
        config: the resolved config.
        train: the data set to train on.
        test: the data set held out.
        outline: see `build`.

    Returns:
        An `Experiment`.
    """
    family = experiment_class(config)
    _set_precision(config.precision)
    graph = tf.Graph() if outline and family.has_outline else None
    with _graph_or_nothing(graph):
        model = family.make_model(config, train, test)
    train, test = (
        family.fit_data(config, model, data) for data in (train, test)
    )
    per_epoch = train.steps_per_epoch(family.items_per_step(config, model))
    steps = total_steps(config, per_epoch)
    with _graph_or_nothing(graph):
        model.compile(
            **family.optimizers(config, model, steps, per_epoch),
            jit_compile=config.jit_compile,
        )
    return family(config, model, train, test, per_epoch, steps, graph)


def model_to_restore(config):
    """The compiled model of a config, for a checkpoint of its training.

    Data is opened only where the model is made of it, such as a DAMSM of the
    vocabulary of its captions. Restoring sets every weight.

    Args:
        config: the resolved config of a run.

    Returns:
        A `TrainingModel`, in the precision of the config; that of the
        process stays as it is.

    Raises:
        UsageError: for a value that does not exist.
        ValueError: from the data or model at fault.
    """
    family = experiment_class(config)
    data = config.data
    train = _OpenedWhenUsed(config, data.train_split)
    test = _OpenedWhenUsed(config, data.test_split)
    before = keras.config.dtype_policy()
    _set_precision(config.precision)
    try:
        model = family.make_model(config, train, test)
        # A checkpoint knows weights by their optimizers too, of whatever
        # schedule.
        options = family.optimizers(config, model, total_steps(config, 1), 1)
        model.compile(**options)
    finally:
        keras.config.set_dtype_policy(before)
    return model


class _OpenedWhenUsed:
    """A split of a data set that is opened with the first look at it."""

    def __init__(self, config, split):
        self._config = config
        self._split = split

    def __getattr__(self, name):
        return getattr(self._data, name)

    @functools.cached_property
    def _data(self):
        return open_split(self._config, self._split)


def changed(built, values):
    """The outline of an experiment with other values in its config.

    Args:
        built: the `Experiment`.
        values: dict from dotted config keys to values.

    Returns:
        An `Experiment` on the same data.
    """
    config = built.config.copy_and_resolve_references()
    config.update_from_flattened_dict(values)
    return assemble(config, built.train, built.test, outline=True)


@contextlib.contextmanager
def _graph_or_nothing(graph):
    if graph is None:
        yield
        return
    # The state of Keras' random numbers belongs to the graph it is made in.
    keras.utils.set_random_seed(0)
    try:
        with graph.as_default():
            yield
    finally:
        keras.utils.set_random_seed(0)


def total_steps(config, steps_per_epoch):
    """How many steps the config asks for.

    Raises:
        UsageError: unless exactly one of `steps` and `epochs` is given.
    """
    if min(config.steps, config.epochs) != 0 or config.steps == config.epochs:
        raise UsageError(
            "one of config.steps and config.epochs must be positive and the "
            f"other 0. Received: steps={config.steps}, epochs={config.epochs}"
        )
    return config.steps or config.epochs * steps_per_epoch


def point_to_data(config, arguments):
    """Moves flags about the data into the config.

    Args:
        config: the resolved config, changed in place.
        arguments: the parsed command line.
    """
    if arguments.data:
        config.data.source = arguments.data
        config.data.layout = "auto"
    if "layout" in arguments.given:
        config.data.layout = arguments.layout


def open_split(config, split):
    """A split of the config's data set, as its family opens it.

    Raises:
        UsageError: if the config names no data set.
    """
    if not config.data.source:
        raise UsageError("--data is required: the config names no data set.")
    return experiment_class(config).open_split(config, split)


def training_images(config):
    """The data that a config trains on, None with a line where it is gone."""
    try:
        return open_split(config, config.data.train_split)
    except (OSError, ValueError) as error:
        print(f"Without the training images: {error}")
        return None


def _set_precision(precision):
    if precision not in _POLICIES:
        raise UsageError(
            f"config.precision={precision}: expected one of "
            f"{', '.join(_POLICIES)}."
        )
    keras.config.set_dtype_policy(precision)
