"""Measures of generated and translated images, and of embeddings."""

from tfragan.metrics.color_error import ColorError
from tfragan.metrics.color_error import color_error
from tfragan.metrics.color_error import colored_alike
from tfragan.metrics.color_error import mean_chroma
from tfragan.metrics.domain_features import domain_features
from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.frechet_distance import frechet_distance_of_gaussians
from tfragan.metrics.frechet_distance import gaussian_statistics
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
from tfragan.metrics.r_precision import RPrecision
from tfragan.metrics.r_precision import candidate_cosines
from tfragan.metrics.r_precision import draw_candidates
from tfragan.metrics.r_precision import r_precision
from tfragan.metrics.r_precision import r_precision_of_candidates

__all__ = [
    "ColorError",
    "ImageFeatures",
    "InceptionScore",
    "KernelDistance",
    "RPrecision",
    "WeightedKernelDistance",
    "candidate_cosines",
    "class_probabilities",
    "color_error",
    "colored_alike",
    "distance_name",
    "domain_features",
    "draw_candidates",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "gaussian_statistics",
    "image_features",
    "inception_score",
    "kernel_distance",
    "mean_chroma",
    "r_precision",
    "r_precision_of_candidates",
    "resize_levels",
    "weighted_kernel_distance",
]
