"""Measures of generated images and of image-text embeddings."""

from tfragan.metrics.frechet_distance import frechet_distance
from tfragan.metrics.frechet_distance import frechet_distance_of_gaussians
from tfragan.metrics.frechet_distance import gaussian_statistics
from tfragan.metrics.inception_score import InceptionScore
from tfragan.metrics.inception_score import inception_score
from tfragan.metrics.r_precision import RPrecision
from tfragan.metrics.r_precision import candidate_cosines
from tfragan.metrics.r_precision import draw_candidates
from tfragan.metrics.r_precision import r_precision
from tfragan.metrics.r_precision import r_precision_of_candidates

__all__ = [
    "InceptionScore",
    "RPrecision",
    "candidate_cosines",
    "draw_candidates",
    "frechet_distance",
    "frechet_distance_of_gaussians",
    "gaussian_statistics",
    "inception_score",
    "r_precision",
    "r_precision_of_candidates",
]
