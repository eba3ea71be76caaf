"""`tfragan evaluate` of any two folders of images."""

import pathlib

from tfragan import metrics
from tfragan.cli import evaluation_report
from tfragan.data.unpaired_images import image_domain
from tfragan.evaluation.feature_comparison import FeatureComparison
from tfragan.evaluation.feature_comparison import FeaturesAndLogits
from tfragan.evaluation.image_source import DomainImages
from tfragan.version import __version__

_OTHER_FLAGS = (
    "workdir",
    "data",
    "layout",
    "split",
    "candidates",
    "captions_per_image",
    "untrained",
    "diversity",
)


def evaluate(arguments):
    """Measures how far the images of one folder are from another's.

    Args:
        arguments: the parsed command line.
    """
    arguments.require("real", "fake")
    arguments.refuse(_OTHER_FLAGS, "two folders of images")
    real, fake = (
        image_domain(folder) for folder in (arguments.real, arguments.fake)
    )
    features = metrics.image_features(
        arguments.features, arguments.weights, arguments.resize
    )
    size = arguments.image_size or features.image_size
    about = {
        "real": str(arguments.real),
        "fake": str(arguments.fake),
        "image_size": size,
        "tfragan": __version__,
    }
    cache = evaluation_report.open_cache(arguments, None)
    network = FeaturesAndLogits(features)
    (real_rows,), (fake_rows,) = (
        cache.features(
            DomainImages(domain, size, arguments.count or None),
            network,
            text=domain.name,
        )
        for domain in (real, fake)
    )
    comparison = FeatureComparison(features, about, seed=arguments.seed)
    comparison.add(fake.name, fake_rows, real_rows)
    evaluation_report.report(
        comparison.measurements,
        pathlib.Path(arguments.output) if arguments.output else None,
        [comparison.remark()],
    )
