"""Training in step on several replicas."""

import tfragan.keras_backend  # noqa: F401
from tfragan.distribution.replica_random import replica_normal
from tfragan.distribution.replica_random import replica_uniform
from tfragan.distribution.replica_rows import batch_rows
from tfragan.distribution.replica_rows import on_replicas
from tfragan.distribution.replicas import Replica
from tfragan.distribution.replicas import current_replica
from tfragan.distribution.synced_gradients import apply_synced
from tfragan.distribution.synced_gradients import scale_of
from tfragan.distribution.synced_gradients import scaled_loss

__all__ = [
    "Replica",
    "apply_synced",
    "batch_rows",
    "current_replica",
    "on_replicas",
    "replica_normal",
    "replica_uniform",
    "scale_of",
    "scaled_loss",
]
