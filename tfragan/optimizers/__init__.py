"""Optimizers and schedules of the published models."""

import tfragan.keras_backend  # noqa: F401
from tfragan.optimizers.adam import Adam
from tfragan.optimizers.linear_decay import LinearDecay

__all__ = ["Adam", "LinearDecay"]
