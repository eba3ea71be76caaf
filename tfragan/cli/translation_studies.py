"""What a report shows of models that translate images."""

from tfragan.cli import experiment
from tfragan.cli.families import experiment_class
from tfragan.models.preset import read_preset_config
from tfragan.models.translation import DIRECTIONS
from tfragan.models.translation import load_generator
from tfragan.models.translation import translate_images
from tfragan.reports.image_study import ImagePool
from tfragan.reports.image_study import ImageStudy
from tfragan.reports.report_pictures import spread


def translation_studies(arguments, config, preset):
    """Translated held-out images of both directions.

    Args:
        arguments: the parsed command line.
        config: the config of the run.
        preset: the preset's folder.

    Returns:
        List of two `ImageStudy`.
    """
    experiment.point_to_data(config, arguments)
    held_out, train = (
        experiment.open_split(config, split)
        for split in (arguments.split, config.data.train_split)
    )
    class_name = experiment_class(config).model_class.__name__
    size = read_preset_config(preset, class_name)["config"]["image_size"]
    studies = []
    for direction in DIRECTIONS:
        source, target = (f"domain_{letter}" for letter in direction)
        sources, names = _some(getattr(held_out, source), arguments, size)
        real, real_names = _some(getattr(held_out, target), arguments, size)
        studies.append(
            ImageStudy(
                title=f"from {' to '.join(direction.upper())}",
                made="translations",
                images=translate_images(
                    load_generator(preset, direction),
                    sources,
                    batch_size=arguments.batch_size,
                ),
                names=names,
                sources=sources,
                held_out=real,
                held_out_names=real_names,
                training=_pool(config, getattr(train, target), size),
            )
        )
    return studies


def _some(domain, arguments, size):
    """Some images of a domain, and their names."""
    places = spread(range(len(domain)), arguments.count)
    return domain.images(places, size), [domain.keys[one] for one in places]


def _pool(config, domain, size):
    return ImagePool(
        (str(config.data.source), domain.name, domain.fingerprint, size),
        list(domain.keys),
        lambda places: domain.images(places, size),
    )
