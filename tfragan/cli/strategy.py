"""Which `tf.distribute` strategy a training runs under."""

import dataclasses
import os
import typing

from tfragan.cli.errors import UsageError
from tfragan.json_text import parse_json


@dataclasses.dataclass(frozen=True)
class Placement:
    """A strategy, and this process' part in it.

    Attributes:
        strategy: the `tf.distribute.Strategy`.
        description: a phrase for the user that says which and why.
        workers: number of processes that train together.
        worker: index of this one; worker 0 keeps the run folder.
    """

    strategy: typing.Any
    description: str
    workers: int = 1
    worker: int = 0

    @property
    def chief(self):
        """Whether this process writes the run folder."""
        return self.worker == 0

    def mean(self, number):
        """The mean over all processes of a number that each has."""
        import tensorflow as tf

        numbers = self.strategy.run(lambda: tf.constant(float(number)))
        return float(self.strategy.reduce("MEAN", numbers, axis=None))


def pick(name="auto"):
    """Chooses a `Placement`; has to be called before any other op runs.

    The name is `"auto"`, `"none"`, `"mirrored"` or `"multi_worker"`. With
    `"auto"`, `TF_CONFIG` with several workers leads to
    `MultiWorkerMirroredStrategy`, several GPUs to `MirroredStrategy`, anything
    else to the default strategy.
    """
    import tensorflow as tf

    cluster, worker = _cluster()
    if name == "multi_worker" or (name == "auto" and len(cluster) > 1):
        if not cluster:
            raise UsageError(
                "--strategy=multi_worker needs the environment variable "
                'TF_CONFIG, such as {"cluster": {"worker": ["host:port", '
                '...]}, "task": {"type": "worker", "index": 0}}.'
            )
        return Placement(
            tf.distribute.MultiWorkerMirroredStrategy(),
            f"MultiWorkerMirroredStrategy, worker {worker} of "
            f"{len(cluster)} in TF_CONFIG",
            len(cluster),
            worker,
        )
    gpus = tf.config.list_physical_devices("GPU")
    if name == "mirrored" or (name == "auto" and len(gpus) > 1):
        strategy = tf.distribute.MirroredStrategy()
        return Placement(
            strategy,
            f"MirroredStrategy on {strategy.num_replicas_in_sync} replicas",
        )
    kind = "GPU" if gpus else "CPU"
    return Placement(tf.distribute.get_strategy(), f"one device, a {kind}")


def check(placement, config):
    """Refuses a config that the replicas of a `Placement` cannot share."""
    replicas = placement.strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UsageError(
            f"config.batch_size={config.batch_size} must be a multiple of the "
            f"{replicas} replicas of the strategy."
        )
    if config.jit_compile and replicas > 1:
        raise UsageError(
            "config.jit_compile works on one device only, not on "
            f"{replicas} replicas."
        )


def _cluster():
    text = os.environ.get("TF_CONFIG", "")
    if not text:
        return [], 0
    try:
        values = parse_json(text)
        task = values.get("task", {})
        cluster = values.get("cluster", {})
        others = sorted(set(cluster) - {"worker"})
        workers = list(cluster.get("worker", []))
        index = int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"TF_CONFIG cannot be read: {error}") from error
    if others or task.get("type", "worker") != "worker":
        raise UsageError(
            "TF_CONFIG may hold tasks of type worker only. "
            f"Received: {', '.join([*others, str(task.get('type'))])}"
        )
    if workers and not 0 <= index < len(workers):
        raise UsageError(
            f"TF_CONFIG names {len(workers)} workers. "
            f"Received: a task index of {index}"
        )
    return workers, index
