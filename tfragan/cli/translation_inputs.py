"""What is to be translated, and the names of what comes out."""

import collections
import pathlib

from tfragan import data as datasets
from tfragan.cli import run_folder
from tfragan.cli.errors import UsageError
from tfragan.cli.unique_names import UniqueNames
from tfragan.cli.unique_names import folded
from tfragan.models.translation import DIRECTIONS


def inputs_of_arguments(arguments):
    """The images of each direction.

    Args:
        arguments: the parsed command line of `tfragan translate`.

    Returns:
        Dict of direction to a list of `ImageDomain`.

    Raises:
        UsageError: if there is neither an input nor a data set.
        ValueError: from the images at fault.
    """
    if arguments.input:
        domains = [
            datasets.image_domain(path, arguments.on_bad_item)
            for path in arguments.input
        ]
        directions = _directions(arguments.direction or "ab")
        return dict.fromkeys(directions, domains)
    source = arguments.data or _source_of_run(arguments.workdir)
    return {
        direction: [_source_domain(source, arguments, direction)]
        for direction in _directions(arguments.direction or "both")
    }


def _directions(name):
    return DIRECTIONS if name == "both" else (name,)


def _source_of_run(workdir):
    try:
        return run_folder.config_of(workdir).data.source
    except UsageError as error:
        raise UsageError(
            f"an input or --data is required, since {error}"
        ) from error


def _source_domain(source, arguments, direction):
    """The domain that a direction starts from; the other may be missing."""
    letter = direction[0]
    try:
        both = datasets.unpaired_images(
            source, arguments.split, on_bad_item=arguments.on_bad_item
        )
    except ValueError:
        folder = pathlib.Path(source) / f"{arguments.split}{letter.upper()}"
        if not folder.is_dir():
            raise
        return datasets.image_domain(folder, arguments.on_bad_item)
    return getattr(both, f"domain_{letter}")


def output_names(keys):
    """Names without endings for what is made of images, all different.

    Images whose names differ in the ending only, or in case, keep the ending
    as `name_jpg`; what still is not unique gets a number.

    Args:
        keys: list of str, relative paths of the images.

    Returns:
        List of str, relative paths that stay inside their folder.
    """
    paths = [_inside(key) for key in keys]
    stems = collections.Counter(folded(path.with_suffix("")) for path in paths)
    unique, names = UniqueNames(), []
    for path in paths:
        name = path.with_suffix("")
        if stems[folded(name)] > 1 and path.suffix:
            name = path.with_name(f"{path.stem}_{path.suffix[1:]}")
        names.append(unique.take(name))
    return names


def _inside(key):
    parts = [part for part in key.split("/") if part.strip(".")]
    return pathlib.PurePosixPath(*parts or ["_"])
