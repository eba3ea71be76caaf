"""Callbacks of `fit`: logs, samples, checkpoints, the result page."""

from tfragan.callbacks.attention_map_panel import AttentionMapPanel
from tfragan.callbacks.best_preset import BestPreset
from tfragan.callbacks.checkpoint_and_resume import CheckpointAndResume
from tfragan.callbacks.checkpoint_and_resume import CheckpointMismatchError
from tfragan.callbacks.checkpoint_and_resume import UnreadableCheckpointError
from tfragan.callbacks.color_evaluation import ColorEvaluation
from tfragan.callbacks.edit_evaluation import EditEvaluation
from tfragan.callbacks.generated_distance import GeneratedDistance
from tfragan.callbacks.guidance_sheet import GuidanceSheet
from tfragan.callbacks.guided_images import GuidedImages
from tfragan.callbacks.image_grid import ImageGrid
from tfragan.callbacks.mask_panel import MaskPanel
from tfragan.callbacks.metrics_log import MetricsLog
from tfragan.callbacks.metrics_writer import MetricsWriter
from tfragan.callbacks.periodic_callback import PeriodicCallback
from tfragan.callbacks.periodic_evaluation import PeriodicEvaluation
from tfragan.callbacks.periodic_picture import PeriodicPicture
from tfragan.callbacks.progress_bar import ProgressBar
from tfragan.callbacks.r_precision_evaluation import GeneratedRPrecision
from tfragan.callbacks.r_precision_evaluation import PairsRPrecision
from tfragan.callbacks.r_precision_evaluation import RPrecisionEvaluation
from tfragan.callbacks.result_page import ResultPage
from tfragan.callbacks.standard import standard
from tfragan.callbacks.stop_on_invalid_loss import StopOnInvalidLoss
from tfragan.callbacks.stop_on_invalid_loss import TrainingDivergedError
from tfragan.callbacks.translation_distance import TranslationDistance
from tfragan.callbacks.translation_grid import TranslationGrid
from tfragan.run_folder import RunFolder

__all__ = [
    "AttentionMapPanel",
    "BestPreset",
    "CheckpointAndResume",
    "CheckpointMismatchError",
    "ColorEvaluation",
    "EditEvaluation",
    "GeneratedDistance",
    "GeneratedRPrecision",
    "GuidanceSheet",
    "GuidedImages",
    "ImageGrid",
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
