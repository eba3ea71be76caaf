"""Measures of generated and translated images, and of embeddings."""

import tfragan.keras_backend  # noqa: F401
from tfragan.metrics.avatar_judge import AttributeAccuracy
from tfragan.metrics.avatar_judge import AvatarJudge
from tfragan.metrics.avatar_judge import attribute_accuracy
from tfragan.metrics.avatar_judge import attributes_of
from tfragan.metrics.avatar_judge import read_attributes
from tfragan.metrics.batch_metrics import BatchKernelDistance
from tfragan.metrics.batch_metrics import BatchRPrecision
from tfragan.metrics.color_error import ColorError
from tfragan.metrics.color_error import color_error
from tfragan.metrics.color_error import colored_alike
from tfragan.metrics.color_error import mean_chroma
from tfragan.metrics.density_coverage import DensityCoverage
from tfragan.metrics.density_coverage import density_coverage
from tfragan.metrics.domain_features import domain_features
from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.frechet_distance import frechet_distance_of_gaussians
from tfragan.metrics.frechet_distance_at_infinity import (
    FrechetDistanceAtInfinity,
)
from tfragan.metrics.frechet_distance_at_infinity import (
    frechet_distance_at_infinity,
)
from tfragan.metrics.gaussian_statistics import GaussianStatistics
from tfragan.metrics.gaussian_statistics import gaussian_statistics
from tfragan.metrics.image_features import ImageFeatures
from tfragan.metrics.image_features import distance_name
from tfragan.metrics.image_features import image_features
from tfragan.metrics.image_resize import resize_levels
from tfragan.metrics.inception_score import InceptionScore
from tfragan.metrics.inception_score import class_probabilities
from tfragan.metrics.inception_score import inception_score
from tfragan.metrics.kernel_distance import KernelDistance
from tfragan.metrics.kernel_distance import WeightedKernelDistance
from tfragan.metrics.kernel_distance import kernel_distance
from tfragan.metrics.kernel_distance import weighted_kernel_distance
from tfragan.metrics.lpips import LPIPS
from tfragan.metrics.lpips import LPIPSDiversity
from tfragan.metrics.lpips import lpips
from tfragan.metrics.lpips import lpips_diversity
from tfragan.metrics.precision_recall import PrecisionRecall
from tfragan.metrics.precision_recall import precision_recall
from tfragan.metrics.r_precision import RPrecision
from tfragan.metrics.r_precision import candidate_cosines
from tfragan.metrics.r_precision import caption_classes
from tfragan.metrics.r_precision import draw_candidates
from tfragan.metrics.r_precision import r_precision
from tfragan.metrics.r_precision import r_precision_of_candidates

__all__ = [
    "AttributeAccuracy",
    "AvatarJudge",
    "BatchKernelDistance",
    "BatchRPrecision",
    "ColorError",
    "DensityCoverage",
    "FrechetDistanceAtInfinity",
    "GaussianStatistics",
    "ImageFeatures",
    "InceptionScore",
    "KernelDistance",
    "LPIPS",
    "LPIPSDiversity",
    "PrecisionRecall",
    "RPrecision",
    "WeightedKernelDistance",
    "attribute_accuracy",
    "attributes_of",
    "candidate_cosines",
    "caption_classes",
    "class_probabilities",
    "color_error",
    "colored_alike",
    "density_coverage",
    "distance_name",
    "domain_features",
    "draw_candidates",
    "frechet_distance",
    "frechet_distance_at_infinity",
    "frechet_distance_of_gaussians",
    "gaussian_statistics",
    "image_features",
    "inception_score",
    "kernel_distance",
    "lpips",
    "lpips_diversity",
    "mean_chroma",
    "precision_recall",
    "r_precision",
    "r_precision_of_candidates",
    "read_attributes",
    "resize_levels",
    "weighted_kernel_distance",
]
