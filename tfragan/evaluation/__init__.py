"""Measurements of trained models that others can repeat."""

from tfragan.evaluation.measurement import Measurement
from tfragan.evaluation.measurement import append_measurements
from tfragan.evaluation.measurement import last_measurements
from tfragan.evaluation.measurement import read_measurements

__all__ = [
    "Measurement",
    "append_measurements",
    "last_measurements",
    "read_measurements",
]
