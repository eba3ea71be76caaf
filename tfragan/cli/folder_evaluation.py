"""`tfragan evaluate` of any two folders of images."""

from tfragan import metrics
from tfragan.cli.distance_report import DistanceReport
from tfragan.data.image_domain import image_domain

_OTHER_FLAGS = ("workdir", "data", "layout", "split", "candidates")


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
    features = metrics.image_features(arguments.features, arguments.weights)
    about = {
        "real": arguments.real,
        "fake": arguments.fake,
        "image_size": arguments.image_size or features.image_size,
    }
    report = DistanceReport(features, about, arguments.seed)
    real_features, fake_features = (
        metrics.domain_features(
            features,
            domain,
            about["image_size"],
            count=arguments.count or None,
            batch_size=arguments.batch_size,
        )
        for domain in (real, fake)
    )
    report.add(fake.name, real_features, fake_features)
    print(report.table())
    if arguments.output:
        report.append_to(arguments.output)
