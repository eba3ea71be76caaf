"""Callbacks of `fit`: logs, samples, checkpoints, the result page."""

import tfragan.keras_backend  # noqa: F401
from tfragan.callbacks.attribute_measurements import GeneratedAttributes
from tfragan.callbacks.checkpoint_and_resume import BestPreset
from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.callbacks.checkpoint_and_resume import CheckpointMismatchError
from tfragan.callbacks.checkpoint_and_resume import StopOnInvalidLoss
from tfragan.callbacks.checkpoint_and_resume import TrainingDivergedError
from tfragan.callbacks.checkpoint_and_resume import UnreadableCheckpointError
from tfragan.callbacks.for_optimizer import ForOptimizer
from tfragan.callbacks.guided_measurements import ColorEvaluation
from tfragan.callbacks.guided_measurements import EditEvaluation
from tfragan.callbacks.guided_measurements import GuidedImages
from tfragan.callbacks.measurements import GeneratedDistance
from tfragan.callbacks.measurements import GeneratedRPrecision
from tfragan.callbacks.measurements import PairsRPrecision
from tfragan.callbacks.measurements import RPrecisionEvaluation
from tfragan.callbacks.measurements import TranslationDistance
from tfragan.callbacks.metrics_log import MetricsLog
from tfragan.callbacks.metrics_log import MetricsWriter
from tfragan.callbacks.periodic import PeriodicCallback
from tfragan.callbacks.periodic import PeriodicEvaluation
from tfragan.callbacks.periodic import PeriodicPicture
from tfragan.callbacks.pictures import AttentionMapPanel
from tfragan.callbacks.pictures import GuidanceSheet
from tfragan.callbacks.pictures import ImageGrid
from tfragan.callbacks.pictures import MapPanel
from tfragan.callbacks.pictures import MaskPanel
from tfragan.callbacks.pictures import TranslationGrid
from tfragan.callbacks.progress_bar import ProgressBar
from tfragan.callbacks.standard import ResultPage
from tfragan.callbacks.standard import standard
from tfragan.run_folder import RunFolder

__all__ = [
    "AttentionMapPanel",
    "BestPreset",
    "CheckpointAndResume",
    "CheckpointMismatchError",
    "ColorEvaluation",
    "EditEvaluation",
    "ForOptimizer",
    "GeneratedAttributes",
    "GeneratedDistance",
    "GeneratedRPrecision",
    "GuidanceSheet",
    "GuidedImages",
    "ImageGrid",
    "MapPanel",
    "MaskPanel",
    "MetricsLog",
    "MetricsWriter",
    "PairsRPrecision",
    "PeriodicCallback",
    "PeriodicEvaluation",
    "PeriodicPicture",
    "ProgressBar",
    "RPrecisionEvaluation",
    "ResultPage",
    "RunFolder",
    "StopOnInvalidLoss",
    "TrainingDivergedError",
    "TranslationDistance",
    "TranslationGrid",
    "UnreadableCheckpointError",
    "standard",
]
