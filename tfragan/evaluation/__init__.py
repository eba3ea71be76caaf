"""Measurements of trained models that others can repeat."""

from tfragan.evaluation.measurement import Measurement
from tfragan.evaluation.measurement import append_measurements
from tfragan.evaluation.measurement import last_measurements
from tfragan.evaluation.measurement import read_measurements
from tfragan.evaluation.published_results import PublishedResult
from tfragan.evaluation.published_results import beside_published
from tfragan.evaluation.published_results import comparable
from tfragan.evaluation.published_results import published_results

__all__ = [
    "Measurement",
    "PublishedResult",
    "append_measurements",
    "beside_published",
    "comparable",
    "last_measurements",
    "published_results",
    "read_measurements",
]
