"""What a training step has to know about its replica."""

import dataclasses

import tensorflow as tf

from tfragan.distribution.graph_gradients import graph_holds_gradients


@dataclasses.dataclass(frozen=True)
class Replica:
    """The place of this replica among those that train in step.

    Attributes:
        count: number of replicas, a Python int.
        index: index of this replica, an int or a scalar int32 tensor.
    """

    count: int
    index: object

    def mean_of_sum(self, per_example, total):
        """This replica's share of a mean over the global batch.

        Args:
            per_example: losses of this replica's samples, of any shape.
            total: number of summands over all replicas.

        Returns:
            A scalar; the shares of all replicas add up to the mean.
        """
        total = tf.cast(total, per_example.dtype)
        return tf.reduce_sum(per_example) / total

    def mean(self, per_example):
        """As `mean_of_sum`, where every replica holds as many samples."""
        return tf.reduce_mean(per_example) / self.count

    def share(self, value):
        """This replica's share of a loss that every replica computes whole."""
        return value / self.count

    @graph_holds_gradients
    def sum(self, value):
        """The sum over replicas, differentiable."""
        if self.count == 1:
            return value
        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, value)

    def gather(self, value):
        """Concatenates the replicas' tensors on axis 0, differentiable."""
        if self.count == 1:
            return value
        # `all_gather` fails where each of several workers has one replica, so
        # every replica adds its rows to a table of zeros.
        batch, *rest = value.shape
        size = tf.shape(value)[0]
        before = size * self.index
        after = size * (self.count - 1) - before
        paddings = [[before, after], *([0, 0] for _ in rest)]
        gathered = self.sum(tf.pad(value, paddings))
        gathered.set_shape([batch and batch * self.count, *rest])
        return gathered


def current_replica():
    """The `Replica` that this code runs on; a lone one outside of a step."""
    context = tf.distribute.get_replica_context()
    if context is None:
        return Replica(1, 0)
    count = context.num_replicas_in_sync
    return Replica(count, context.replica_id_in_sync_group if count > 1 else 0)
